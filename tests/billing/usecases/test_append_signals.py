import pytest

from functions.adapters.dynamodb.kinds import CUSTOMER
from functions.billing.errors import Busy, ExternalIdExists
from functions.billing.models.customer import Customer
from functions.billing.models.packing import MAX_ENTRIES, MAX_SEGMENT_BYTES
from functions.billing.models.segment import LogId, Segment, hash_key
from functions.billing.models.signal import Signal
from functions.billing.ports import OutdatedError
from tests.builders import NOW, make_customer
from tests.fakes.collection import FakeCollection
from tests.fakes.shop import LOG, ORG, Shop, delivered, make_signal, make_signals
from tests.fakes.signal_log import FakeSignalLog


def keys(shop: Shop) -> list[bytes]:
    return [entry.key_hash for segment in shop.log.read(LOG, after=0, limit=1000) for entry in segment.entries]


def test_signals_become_one_segment_in_the_order_they_came() -> None:
    shop = Shop()

    done = shop.append.append(LOG, delivered(make_signals("213")), now=NOW)

    (segment,) = shop.log.segments[LOG]
    assert (segment.number, segment.cumulative, segment.logged_at) == (1, 3, NOW)
    assert keys(shop) == [hash_key(key) for key in "213"]
    assert (done.appended, done.duplicates) == (3, 0)


def test_a_key_in_the_log_or_twice_in_a_batch_is_kept_once_and_the_first_stays() -> None:
    shop = Shop()
    shop.append.append(LOG, delivered([make_signal("1", event_name="first")]), now=NOW)

    done = shop.append.append(LOG, delivered(make_signals("1221", event_name="second")), now=NOW)

    entries = [entry for segment in shop.log.segments[LOG] for entry in segment.entries]
    assert [(entry.key_hash, entry.event_name) for entry in entries] == [
        (hash_key("1"), "first"),
        (hash_key("2"), "second"),
    ]
    assert (done.appended, done.duplicates) == (1, 3)


def test_nothing_new_appends_nothing() -> None:
    shop = Shop()
    shop.append.append(LOG, delivered(make_signals("12")), now=NOW)

    done = shop.append.append(LOG, delivered(make_signals("21")), now=NOW)

    assert len(shop.log.segments[LOG]) == 1
    assert (done.appended, done.duplicates) == (0, 2)


@pytest.mark.parametrize(
    ("count", "segments"), [(MAX_ENTRIES - 1, 1), (MAX_ENTRIES, 1), (MAX_ENTRIES + 1, 2), (2 * MAX_ENTRIES, 2)]
)
def test_a_segment_holds_so_many_signals_and_no_more(count: int, segments: int) -> None:
    shop = Shop()

    shop.append.append(LOG, delivered(make_signals(range(count))), now=NOW)

    assert len(shop.log.segments[LOG]) == segments
    assert shop.log.segments[LOG][-1].cumulative == count


def test_a_segment_holds_so_many_bytes_and_no_more() -> None:
    """Two halves, less what stands around them, are one segment; a byte more than a half makes it two."""
    shop = Shop()
    half = MAX_SEGMENT_BYTES // 2 - 100

    shop.append.append(LOG, delivered(make_signals("12", data={"": "x" * half})), now=NOW)
    shop.append.append(LOG, delivered(make_signals("34", data={"": "x" * (half + 200)})), now=NOW)

    assert [len(segment.entries) for segment in shop.log.segments[LOG]] == [2, 1, 1]


def test_data_are_measured_in_bytes_and_not_in_characters() -> None:
    shop = Shop()

    shop.append.append(LOG, delivered(make_signals("12", data={"": "送" * (MAX_SEGMENT_BYTES // 4)})), now=NOW)

    assert [len(segment.entries) for segment in shop.log.segments[LOG]] == [1, 1]


def test_names_that_repeat_are_measured_once() -> None:
    shop = Shop()

    shop.append.append(LOG, delivered(make_signals(range(900), event_name="x" * 255)), now=NOW)

    assert len(shop.log.segments[LOG]) == 1


class Contested(FakeSignalLog):
    """Somebody else takes the next number first, so many times."""

    def __init__(self, times: int, *, every: int = 1) -> None:
        super().__init__()
        self.times = times
        self.every = every
        self.tries = 0

    def append(self, segment: Segment) -> None:
        self.tries += 1
        if self.times > 0 and self.tries % self.every == 0:
            self.times -= 1
            raise OutdatedError
        super().append(segment)


def test_a_lost_race_is_tried_again() -> None:
    shop = Shop(log=Contested(99))

    done = shop.append.append(LOG, delivered(make_signals("12")), now=NOW)

    assert done.appended == 2


class Overtaken(FakeSignalLog):
    """Somebody else appends a segment first, once."""

    def __init__(self, theirs: Signal) -> None:
        super().__init__()
        self.shop: Shop | None = Shop(log=self)
        self.theirs = theirs

    def append(self, segment: Segment) -> None:
        if (shop := self.shop) is not None:
            self.shop = None
            shop.append.append(LOG, delivered([self.theirs]), now=NOW)
        super().append(segment)


def test_which_of_several_with_one_key_is_the_first_is_decided_by_the_log() -> None:
    """The second is a conflict beside the first, until another worker gets the second into the log."""
    first, second = make_signal("1", event_name="first"), make_signal("1", event_name="second")
    shop = Shop(log=Overtaken(theirs=second))

    done = shop.append.append(LOG, delivered([first, second]), now=NOW)

    assert done.appended == 0
    assert {(repeat.signal.event_name, repeat.is_conflict) for repeat in done.repeats} == {
        ("first", True),
        ("second", False),
    }


def test_whoever_loses_every_race_gives_up_and_the_message_comes_again() -> None:
    shop = Shop(log=Contested(100))

    with pytest.raises(Busy):
        shop.append.append(LOG, delivered(make_signals("12")), now=NOW)

    assert shop.log.segments == {}


def test_a_batch_of_many_segments_is_not_given_up_for_their_number() -> None:
    """Thirty segments, while every third append is lost."""
    shop = Shop(log=Contested(15, every=3))

    done = shop.append.append(
        LOG, delivered(make_signals(range(30), data={"": "x" * (MAX_SEGMENT_BYTES - 500)})), now=NOW
    )

    assert len(shop.log.segments[LOG]) == done.appended == 30


def test_a_product_is_resolved_when_the_signal_is_logged_and_an_unknown_one_keeps_its_name() -> None:
    shop = Shop()

    shop.append.append(LOG, delivered([make_signal("1"), make_signal("2", external_product_id="new")]), now=NOW)

    known, unknown = shop.log.segments[LOG][0].entries
    assert (known.product_id, known.external_product_id) == ("prod_1", "sdr")
    assert (unknown.product_id, unknown.external_product_id) == (None, "new")


def test_a_customer_is_found_by_either_id_and_an_unknown_one_is_made() -> None:
    shop = Shop()
    signals = [make_signal(customer_id="cus_9"), make_signal(), make_signal(external_customer_id="new")]

    assert [shop.append.customer_of(ORG, s, now=NOW) for s in signals] == ["cus_9", "cus_1", "cus_new"]

    assert shop.customers.resolve(ORG, "new") == "cus_new"


class Raced(FakeCollection[Customer]):
    """The customer is made by another worker between our look and our insert, and stays or is deleted at once."""

    def __init__(self, *, stays: bool) -> None:
        super().__init__(CUSTOMER)
        self.stays = stays

    def insert(self, organization_id: str, entity: Customer) -> None:
        if entity.external_id != "new":
            super().insert(organization_id, entity)
            return
        if self.stays:
            super().insert(organization_id, make_customer(id="cus_theirs", external_id="new"))
        raise ExternalIdExists("customer", "new")


def test_a_customer_that_another_worker_made_first_is_taken() -> None:
    shop = Shop(customers=Raced(stays=True))

    assert shop.append.customer_of(ORG, make_signal(external_customer_id="new"), now=NOW) == "cus_theirs"


def test_a_customer_that_came_and_went_is_nobodys_log() -> None:
    """Else the signals would be in the log of a customer who never was."""
    shop = Shop(customers=Raced(stays=False))

    with pytest.raises(Busy):
        shop.append.customer_of(ORG, make_signal(external_customer_id="new"), now=NOW)


def test_logs_of_other_customers_do_not_matter() -> None:
    shop = Shop()
    shop.append.append(LogId(ORG, "cus_2"), delivered(make_signals("1")), now=NOW)

    assert shop.append.append(LOG, delivered(make_signals("1")), now=NOW).appended == 1

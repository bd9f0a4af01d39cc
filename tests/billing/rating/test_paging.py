"""Usage leaves the checkpoint for pages; what both hold together is what was counted, and there are few pages."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.adapters.dynamodb.items import document_of
from functions.billing.models.usage import Checkpoint, PageName, Usage, UsagePage, summed, total_usage
from functions.billing.rating import paging
from functions.billing.rating.paging import FAN, FULL, LARGEST, PART, cut, paged, weight_of

FIRST = date(2022, 1, 1)
DAY, KEY = 24, len('"":{},')
PRICE = "ola_1"
ITEM_BYTES = 395_000


class Store:
    """A checkpoint that is advanced, and its pages."""

    def __init__(self) -> None:
        self.checkpoint = Checkpoint(plan_version=1)
        self.pages: dict[str, UsagePage] = {}
        self.bytes_written = 0

    def advance(self, brought: Usage) -> None:
        rated = self.checkpoint.model_copy(
            update={
                "usage": summed((self.checkpoint.usage, brought)),
                "rated_through": self.checkpoint.rated_through + 1,
            }
        )
        at = cut(rated)
        if at is None:
            self.checkpoint = rated
            return
        whole = rated.model_copy(update={"pages": at.folded}).whole(self.pages)
        self.checkpoint, pages = paged(rated, at, whole.usage)
        assert not pages.keys() & self.pages.keys(), "a page is written once"
        self.pages |= pages
        self.bytes_written += sum(weight_of(page.usage) for page in pages.values())

    @property
    def usage(self) -> Usage:
        return self.checkpoint.whole(self.pages).usage


def days(count: int, *, key: str = PRICE, since: int = 0) -> Usage:
    return {key: {FIRST + timedelta(days=since + day): 250_000_000 for day in range(count)}}


def test_a_checkpoint_is_cut_once_its_usage_weighs_more_than_it_holds() -> None:
    fits = (FULL - KEY - len(PRICE)) // DAY

    assert cut(Checkpoint(usage=days(fits))) is None
    assert cut(Checkpoint(usage=days(fits + 1))) is not None


def test_a_page_is_called_for_the_stretch_of_the_log_that_it_was_counted_from() -> None:
    store = Store()

    store.advance(days(600))
    store.advance(days(10, since=600))
    store.advance(days(600, since=610))

    assert [(page.after, page.through) for page in store.checkpoint.pages] == [(0, 1), (1, 3)]
    assert sorted(store.pages) == ["1/0-1/0", "1/1-3/0"]
    assert store.checkpoint.usage == {}
    assert store.usage == days(1_210)


def test_what_comes_late_adds_to_the_checkpoint_and_changes_no_page() -> None:
    store = Store()
    store.advance(days(600))
    page = store.pages["1/0-1/0"]

    store.advance({PRICE: {FIRST: 1}})

    assert store.checkpoint.usage == {PRICE: {FIRST: 1}}
    assert store.pages == {"1/0-1/0": page}
    assert store.usage[PRICE][FIRST] == 250_000_000 + 1


@pytest.mark.parametrize(("pages", "left"), [(FAN - 1, FAN - 1), (FAN, 1), (FAN + 1, 2)])
def test_as_many_pages_of_one_size_as_the_fan_become_one(pages: int, left: int) -> None:
    store = Store()

    for number in range(pages):
        store.advance(days(600, since=number * 600))

    assert len(store.checkpoint.pages) == left
    assert store.checkpoint.pages[0].through == (FAN if left <= 2 else 1)
    assert store.usage == days(pages * 600)


def test_a_large_page_lies_in_items_that_dynamodb_takes_and_is_not_written_again() -> None:
    """32,100 days of user after user: 770,400 bytes in three items, none of them larger than what an item holds."""
    store = Store()
    many: Usage = {f"{PRICE}/user-{user}": days(107)[PRICE] for user in range(300)}

    store.advance(many)
    (name,) = store.checkpoint.pages
    for number in range(FAN * FAN):
        store.advance(days(600, since=number * 600))

    assert name.weight == weight_of(many) >= LARGEST
    assert name.parts == 3
    assert all(len(store.pages[key].model_dump_json()) < ITEM_BYTES for key in name.keys)
    assert all(document_of(store.pages[key]) for key in name.keys)
    assert store.checkpoint.pages[0] == name
    assert store.usage == summed((many, days(FAN * FAN * 600)))


def test_more_days_of_one_price_than_an_item_holds_lie_in_several() -> None:
    store = Store()
    too_many = PART // DAY + 1

    store.advance(days(too_many))

    assert len(store.pages) == 2
    assert store.usage == days(too_many)


def test_after_years_of_many_users_there_are_few_pages_and_each_day_was_written_three_times_at_most() -> None:
    """A hundred users for three years: 109,500 days; up to 14 pages are small, the others have 32,000 days at least."""
    store = Store()

    for day in range(3 * 365):
        store.advance({f"{PRICE}/user-{user}": {FIRST + timedelta(days=day): 1} for user in range(100)})

    small = [page for page in store.checkpoint.pages if page.weight < LARGEST]
    assert len(small) <= 2 * (FAN - 1)
    assert len(store.checkpoint.pages) - len(small) <= 3 * 365 * 100 * DAY // LARGEST
    assert len(store.checkpoint.model_dump_json()) < FULL
    days_written = store.bytes_written / DAY
    assert 3 * 365 * 100 <= days_written < 3 * 365 * 100 * 5, "three times, and keys weigh something too"


def test_usage_of_pages_that_were_not_read_is_no_usage() -> None:
    rated = Checkpoint(pages=(PageName(plan_version=1, after=0, through=1, weight=1),))

    with pytest.raises(ValueError, match="pages were not read"):
        total_usage([rated])
    with pytest.raises(KeyError):
        rated.whole({})


@pytest.fixture
def small_pages() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"FULL": 100, "FAN": 3, "LARGEST": 900, "PART": 200}.items():
            patch.setattr(paging, name, value)
        yield


BROUGHT = st.lists(
    st.dictionaries(
        st.sampled_from([PRICE, "ola_2", "ola_2/ann", "ola_2/Ærø", "ola_2/" + "x" * 255]),
        st.dictionaries(
            st.integers(0, 9).map(lambda day: FIRST + timedelta(days=day)), st.integers(0, 10**38), min_size=1
        ),
        min_size=1,
    ),
    max_size=30,
)


@pytest.mark.usefixtures("small_pages")
@given(brought=BROUGHT)
@settings(max_examples=200, derandomize=True, deadline=None)
def test_whatever_comes_in_whatever_steps_all_of_it_is_there(brought: list[Usage]) -> None:
    store = Store()

    for usage in brought:
        store.advance(usage)

        assert weight_of(store.checkpoint.usage) <= paging.FULL

    assert store.usage == summed(brought)
    stretches = [(page.after, page.through) for page in store.checkpoint.pages]
    assert all(before[1] == after[0] for before, after in pairwise(stretches))

"""`Checkpoints`: position and usage move together, from the revision they were read at."""

from datetime import date

import pytest

from functions.billing.models.segment import LogId
from functions.billing.models.usage import Checkpoint, PageName, RatingPlan, UsagePage
from functions.billing.ports import MissingPageError, OutdatedError, Stored
from tests.builders import NOW
from tests.contracts.back_ends import BackEnd

AT_ONE = Checkpoint(rated_through=1, plan_version=1, usage={"ola_1": {date(2025, 6, 1): 3}}, latest_occurred_at=NOW)
AT_TWO = AT_ONE.model_copy(update={"rated_through": 2, "counted": 4})


def test_a_customer_nobody_rated_has_an_empty_plan_and_no_checkpoint(back_end: BackEnd, organization_id: str) -> None:
    state = back_end.checkpoints.load(organization_id, "cus_1")

    assert (state.plan, state.checkpoints) == (RatingPlan(), {})


def test_a_saved_checkpoint_is_loaded_with_its_revision(back_end: BackEnd, organization_id: str) -> None:
    log, second_shard = LogId(organization_id, "cus_1"), LogId(organization_id, "cus_1", shard=1)

    back_end.checkpoints.save(log, AT_ONE, replaces=0)
    back_end.checkpoints.save(log, AT_TWO, replaces=1)
    back_end.checkpoints.save(second_shard, AT_ONE, replaces=0)

    state = back_end.checkpoints.load(organization_id, "cus_1")
    assert state.checkpoints == {0: Stored(AT_TWO, 2), 1: Stored(AT_ONE, 1)}


def test_many_are_loaded_as_one_is(back_end: BackEnd, organization_id: str) -> None:
    back_end.checkpoints.save(LogId(organization_id, "cus_1"), AT_ONE, replaces=0)

    states = back_end.checkpoints.load_many(organization_id, ["cus_1", "cus_2"])

    assert states == {i: back_end.checkpoints.load(organization_id, i) for i in ("cus_1", "cus_2")}
    assert states["cus_1"].checkpoints == {0: Stored(AT_ONE, 1)}


@pytest.mark.parametrize("replaces", [0, 2])
def test_a_checkpoint_read_at_another_revision_is_refused(
    back_end: BackEnd, organization_id: str, replaces: int
) -> None:
    log = LogId(organization_id, "cus_1")
    back_end.checkpoints.save(log, AT_ONE, replaces=0)

    with pytest.raises(OutdatedError):
        back_end.checkpoints.save(log, AT_TWO, replaces=replaces)

    assert back_end.checkpoints.load(organization_id, "cus_1").checkpoints == {0: Stored(AT_ONE, 1)}


def test_a_first_checkpoint_that_replaces_another_is_refused(back_end: BackEnd, organization_id: str) -> None:
    with pytest.raises(OutdatedError):
        back_end.checkpoints.save(LogId(organization_id, "cus_1"), AT_ONE, replaces=1)

    assert back_end.checkpoints.load(organization_id, "cus_1").checkpoints == {}


PAGE = UsagePage(usage={"ola_1": {date(2025, 5, 1): 5}, "ola_1/ann": {date(2025, 5, 2): 1}})
NAMED = AT_TWO.model_copy(update={"pages": (PageName(plan_version=1, after=0, through=1, weight=9, parts=2),)})
FIRST_PART, SECOND_PART = NAMED.page_keys


def test_a_checkpoint_is_whole_with_the_usage_of_its_own_pages(back_end: BackEnd, organization_id: str) -> None:
    """5 of May, and twice the 3 of June."""
    log, second_shard = LogId(organization_id, "cus_1"), LogId(organization_id, "cus_1", shard=1)
    back_end.checkpoints.put_page(log, FIRST_PART, PAGE)
    back_end.checkpoints.put_page(log, SECOND_PART, UsagePage(usage=AT_ONE.usage))
    back_end.checkpoints.put_page(second_shard, FIRST_PART, UsagePage(usage={"ola_1": {date(2025, 4, 1): 7}}))

    whole = back_end.checkpoints.whole({log: NAMED, second_shard: AT_ONE})

    usage = {"ola_1": {date(2025, 5, 1): 5, date(2025, 6, 1): 3 + 3}, "ola_1/ann": {date(2025, 5, 2): 1}}
    assert whole == {log: AT_TWO.model_copy(update={"usage": usage}), second_shard: AT_ONE}


def test_a_page_is_put_once_and_stays(back_end: BackEnd, organization_id: str) -> None:
    log = LogId(organization_id, "cus_1")
    for key in NAMED.page_keys:
        back_end.checkpoints.put_page(log, key, PAGE)

    back_end.checkpoints.put_page(log, FIRST_PART, UsagePage(usage=AT_ONE.usage))

    assert back_end.checkpoints.whole({log: NAMED})[log].usage["ola_1"] == {
        date(2025, 5, 1): 5 + 5,
        date(2025, 6, 1): 3,
    }


def test_a_page_that_is_gone_is_not_taken_for_an_empty_one(back_end: BackEnd, organization_id: str) -> None:
    log = LogId(organization_id, "cus_1")
    back_end.checkpoints.put_page(log, FIRST_PART, PAGE)

    with pytest.raises(MissingPageError, match=SECOND_PART):
        back_end.checkpoints.whole({log: NAMED})


def test_pages_are_not_read_with_the_checkpoint(back_end: BackEnd, organization_id: str) -> None:
    log = LogId(organization_id, "cus_1")
    back_end.checkpoints.save(log, NAMED, replaces=0)
    back_end.checkpoints.put_page(log, FIRST_PART, PAGE)

    assert back_end.checkpoints.load(organization_id, "cus_1").checkpoints == {0: Stored(NAMED, 1)}

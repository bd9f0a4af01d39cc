"""`Checkpoints`: position and usage move together, from the revision they were read at."""

from datetime import date

import pytest

from functions.billing.models.segment import LogId
from functions.billing.models.usage import Checkpoint, RatingPlan
from functions.billing.ports import OutdatedError, Stored
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

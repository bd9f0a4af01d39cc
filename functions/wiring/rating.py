"""Usage is brought to the end of the log."""

from functools import cache

from functions.billing.models.usage import Checkpoint, RatingPlan
from functions.billing.usecases.advance_rating import AdvanceRating
from functions.billing.usecases.advance_ratings import AdvanceRatings
from functions.wiring import counting, terms


@cache
def advance_rating() -> AdvanceRating:
    return AdvanceRating(log=counting.signal_log(), checkpoints=counting.checkpoints())


@cache
def advance_ratings() -> AdvanceRatings:
    return AdvanceRatings(
        checkpoints=counting.checkpoints(),
        log=counting.signal_log(),
        advance_rating=_advanced,
        in_money=terms.in_money,
    )


def _advanced(organization_id: str, customer_id: str) -> tuple[RatingPlan, dict[int, Checkpoint]]:
    rated = advance_rating().after(organization_id, customer_id, appended=())
    return rated.plan, dict(rated.checkpoints)

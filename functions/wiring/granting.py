"""What was granted, for whoever bills. Few customers take credits: nothing of them is loaded before one does."""

from typing import TYPE_CHECKING

from functions.billing.models.usage import Checkpoint, RatingPlan

if TYPE_CHECKING:
    from functions.billing.models.credit import CreditGrant


def granted(organization_id: str, customer_id: str) -> "list[CreditGrant]":
    from functions.wiring import crediting  # noqa: PLC0415 - see above

    return crediting.granted(organization_id, customer_id)


def in_money(
    organization_id: str, customer_id: str, plan: RatingPlan, rated: dict[int, Checkpoint]
) -> dict[int, Checkpoint]:
    if not plan.takes_credits:
        return rated
    from functions.wiring import crediting  # noqa: PLC0415 - see above

    return crediting.settle_credits()(organization_id, customer_id, plan, rated)

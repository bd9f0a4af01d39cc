"""What customers can take their credits from, for whoever bills them."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from functions.billing.models.credit import CreditGrant


def granted(organization_id: str, customer_id: str) -> "list[CreditGrant]":
    from functions.wiring import crediting  # noqa: PLC0415 - few customers take credits

    return crediting.granted(organization_id, customer_id)

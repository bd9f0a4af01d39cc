"""What of the credits that a customer took is money, with all that was granted to it."""

from functions.billing.invoicing.overage import checkpoints_in_money
from functions.billing.models.usage import Checkpoint, RatingPlan
from functions.billing.ports import CreditBooks


class SettleCredits:
    """Reads what was granted; what was taken stands in the checkpoints."""

    def __init__(self, *, books: CreditBooks) -> None:
        self._books = books

    def __call__(
        self, organization_id: str, customer_id: str, plan: RatingPlan, rated: dict[int, Checkpoint]
    ) -> dict[int, Checkpoint]:
        grants = [each.grant for each in self._books.get(organization_id, customer_id).grants]
        return checkpoints_in_money(plan, rated, grants)

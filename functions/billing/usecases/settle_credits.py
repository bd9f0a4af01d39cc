"""What of the credits that a customer took is money, with all that was granted to it."""

from functions.billing.invoicing.overage import checkpoints_in_money, horizon
from functions.billing.models.usage import Checkpoint, RatingPlan, total_usage
from functions.billing.ports import Granted


class SettleCredits:
    """Reads what was granted; what was taken stands in the checkpoints."""

    def __init__(self, *, granted: Granted) -> None:
        self._granted = granted

    def __call__(
        self, organization_id: str, customer_id: str, plan: RatingPlan, rated: dict[int, Checkpoint]
    ) -> dict[int, Checkpoint]:
        through = horizon(plan, total_usage(rated.values()))
        grants = self._granted(organization_id, customer_id, plan, through=through)
        return checkpoints_in_money(plan, rated, grants)

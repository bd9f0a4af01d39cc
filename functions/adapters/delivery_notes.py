"""Notes of what was sent, which must not decide whether it is sent again."""

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from functions.billing.models.webhook import DeliveryAttempt
    from functions.billing.usecases.deliver_webhook import Deliveries

logger = logging.getLogger(__name__)


class BestEffortDeliveries:
    """Fulfils `Deliveries` by others that may fail: then the attempt is in the log of the function alone."""

    def __init__(self, deliveries: "Deliveries") -> None:
        self._deliveries = deliveries

    def record(self, organization_id: str, attempt: "DeliveryAttempt") -> None:
        try:
            self._deliveries.record(organization_id, attempt)
        except Exception:  # whatever went wrong, the receiver has answered
            logger.exception(
                "webhook attempt not noted",
                extra={
                    "organization_id": organization_id,
                    "event": attempt.event,
                    "webhook_id": attempt.announcement_id,
                    "attempt": attempt.attempt,
                },
            )

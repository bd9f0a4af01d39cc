"""The daily look after the billing run: what it should have billed and did not."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from aws_lambda_powertools import Logger

from functions.billing.periods import day_of
from functions.runtime.chance import real_now
from functions.runtime.metrics import Metric, measure
from functions.wiring import checking

logger = Logger(service="owed")

SHOWN = 100
"""Of the orders that are not billed: the log line must not outgrow what CloudWatch takes."""


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """`as_of` is as `start_billing_run` takes it. The metric is written when all is well, too: silence is an alarm."""
    del context
    as_of = min(date.fromisoformat(event["as_of"][: len("2025-06-01")]), day_of(real_now()))
    unfinished = checking.check_billing_run()(as_of=as_of)
    measure({Metric.BILLING_RUN_UNFINISHED: len(unfinished)})
    orders = [{"organization_id": each.organization_id, "order_id": each.order_id} for each in unfinished[:SHOWN]]
    log = logger.warning if unfinished else logger.info
    log("billing run checked", extra={"as_of": str(as_of), "unfinished": len(unfinished), "orders": orders})
    return {"as_of": str(as_of), "unfinished": len(unfinished), "orders": orders}

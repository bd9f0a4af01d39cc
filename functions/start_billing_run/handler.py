"""The daily schedule: due orders → invoice queue."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from aws_lambda_powertools import Logger

from functions.billing.periods import day_of
from functions.runtime.chance import real_now
from functions.runtime.metrics import Metric, measure
from functions.wiring import running

logger = Logger(service="owed")


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """`as_of` is a date, or the moment that EventBridge Scheduler puts in its place."""
    del context
    as_of = date.fromisoformat(event["as_of"][: len("2025-06-01")])
    orders = running.start_billing_run()(as_of=as_of, today=day_of(real_now()))
    measure({Metric.ORDERS_DUE: orders})
    logger.info("billing run started", extra={"as_of": str(as_of), "orders": orders})
    return {"as_of": str(as_of), "orders": orders}

"""What can be told of a deployment from its inside alone: see `owed doctor`."""

from datetime import datetime, timedelta
from typing import Literal

from functions.admin.code_digest import code_digest
from functions.admin.operation import Operation, json_of
from functions.billing.periods import day_of
from functions.runtime.chance import real_now
from functions.runtime.wire import Json, MomentOut, Wire
from functions.wiring import announcing, balancing, identity, inspecting, queues

SHOWN = 20
"""Of what is unbilled, unrated or parked."""

RUN_IS_OVER_AFTER = timedelta(hours=2)
"""Since midnight: the billing run begins at 00:10, and an alarm rings for what is not billed by then."""

RATED_WITHIN = timedelta(minutes=15)
"""A message that failed comes back within a quarter of an hour."""

LOOKS_BACK = timedelta(hours=24)


class Inspect(Operation):
    """A look at everything, which takes seconds; what is found is told as of that moment."""

    operation: Literal["inspect"]


class UnbilledOut(Wire):
    organization: str
    order: str


class UnratedOut(Wire):
    """`appended_at` is in the organization's time."""

    organization: str
    customer: str
    appended_at: MomentOut


class InspectionOut(Wire):
    """`code` is a digest of all modules; `waiting` are messages of all queues.

    `parked` are changes that no webhook was told of; `parked_changes` names files in the bucket of documents.
    """

    code: str
    now: MomentOut
    organizations: int
    waiting: int
    signals_waiting: int
    unbilled: int
    unbilled_orders: list[UnbilledOut]
    unrated: int
    unrated_logs: list[UnratedOut]
    parked: int
    parked_changes: list[str]


def perform() -> Json:
    now = real_now()
    unbilled = inspecting.check_billing_run()(as_of=day_of(now - RUN_IS_OVER_AFTER))
    organizations, unrated = 0, list[UnratedOut]()
    for organization in identity.organizations().all():
        organizations += 1
        unrated += _unrated(organization.id, organization.now(now))
    parked = list(announcing.parked_changes().keys())
    inspection = InspectionOut(
        code=code_digest(),
        now=now,
        organizations=organizations,
        waiting=queues.backlog().size(),
        signals_waiting=balancing.backlog().size(),
        unbilled=len(unbilled),
        unbilled_orders=[UnbilledOut(organization=u.organization_id, order=u.order_id) for u in unbilled[:SHOWN]],
        unrated=len(unrated),
        unrated_logs=unrated[:SHOWN],
        parked=len(parked),
        parked_changes=parked[:SHOWN],
    )
    return json_of(inspection)


def _unrated(organization_id: str, now: datetime) -> list[UnratedOut]:
    """Where a test clock stands still, not of what was appended since it stands there."""
    found = inspecting.find_unrated()(organization_id, since=now - LOOKS_BACK, until=now - RATED_WITHIN)
    return [
        UnratedOut(organization=organization_id, customer=each.log.customer_id, appended_at=each.appended_at)
        for each in found
    ]

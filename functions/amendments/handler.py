"""`/orders/{id}/amendments`: changes of running orders, shown and done."""

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from functions.amendments.plan_schemas import AmendmentOut, PlanOut, amendment_out, plan_out
from functions.amendments.schemas import ExecuteAmendment, PreviewAmendment
from functions.billing.models.organization import Scope
from functions.runtime.api import Api, Request
from functions.wiring import amending, identity

if TYPE_CHECKING:
    from functions.amendments.options_schemas import OptionsOut

api = Api(identity.authenticate)
handler = api.handle


@api.route("GET", "/orders/{id}/amendments/options", scope=Scope.READ)
def get_order_amendment_options(request: Request) -> "OptionsOut":
    from functions.amendments.options_schemas import options_out  # noqa: PLC0415 - whoever amends knows them already
    from functions.billing.amending.options import options_of  # noqa: PLC0415 - as above

    order, standing = amending.amend_order().standing(
        request.organization_id, request.parameters["id"], now=request.now
    )
    return options_out(options_of(order, standing))


@api.route("POST", "/orders/{id}/amendments/preview", scope=Scope.READ)
def preview_order_amendment(request: Request) -> PlanOut:
    wanted = request.body_as(PreviewAmendment).wanted()
    plan = amending.amend_order().preview(request.organization_id, request.parameters["id"], wanted, now=request.now)
    return plan_out(plan)


@api.route("POST", "/orders/{id}/amendments", scope=Scope.WRITE)
def execute_order_amendment(request: Request) -> AmendmentOut:
    body = request.body_as(ExecuteAmendment)
    digest = hashlib.sha256(body.model_dump_json().encode()).hexdigest()
    wanted = replace(body.wanted(), plan_hash=body.plan_hash, digest=digest)
    amendment = amending.amend_order().execute(
        request.organization_id, request.parameters["id"], wanted, now=request.now
    )
    return amendment_out(amendment)

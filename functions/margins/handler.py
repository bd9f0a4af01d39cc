"""`/customers/{id}/margin`, `/products/{id}/margin`, `/signals/{id}/cost` and `/traces`: only these read costs back.

Each loads what it takes when it is called: a listing of traces bills nothing.
"""

from typing import TYPE_CHECKING

from functions.billing.models.organization import Scope
from functions.runtime.api import Api, Request
from functions.wiring import identity

if TYPE_CHECKING:
    from functions.margins.schemas import CustomerMarginOut, ProductMarginOut
    from functions.margins.signal_schemas import SignalCostOut
    from functions.margins.trace_schemas import TracesOut

api = Api(identity.authenticate)
handler = api.handle


@api.route("GET", "/customers/external/{external_id}/margin", scope=Scope.READ)
@api.route("GET", "/customers/{id}/margin", scope=Scope.READ)
def get_customer_margin(request: Request) -> "CustomerMarginOut":
    from functions.margins.statements import margin_of_customer  # noqa: PLC0415 - see above

    return margin_of_customer(request)


@api.route("GET", "/products/external/{external_id}/margin", scope=Scope.READ)
@api.route("GET", "/products/{id}/margin", scope=Scope.READ)
def get_product_margin(request: Request) -> "ProductMarginOut":
    from functions.margins.statements import margin_of_product  # noqa: PLC0415 - see above

    return margin_of_product(request)


@api.route("GET", "/signals/{id}/cost", scope=Scope.READ)
def get_signal_cost(request: Request) -> "SignalCostOut":
    from functions.margins.statements import cost_of_signal  # noqa: PLC0415 - see above

    return cost_of_signal(request)


@api.route("GET", "/traces", scope=Scope.READ)
def list_traces(request: Request) -> "TracesOut":
    from functions.margins.traces import traces  # noqa: PLC0415 - see above

    return traces(request)


@api.route("GET", "/customers/external/{external_id}/costs", scope=Scope.READ)
def list_customer_costs(request: Request) -> "TracesOut":
    from functions.margins.traces import traces_of_customer  # noqa: PLC0415 - see above

    return traces_of_customer(request)

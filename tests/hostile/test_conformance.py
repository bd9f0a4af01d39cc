"""The document against the handlers: schemathesis makes requests of each operation, good and bad.

Ids in paths, and in bodies now and then, are those of a business in the middle of its work, so that more than the
refusals is reached.
"""

import json
import os
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from requests.adapters import HTTPAdapter
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from urllib3 import HTTPResponse

from local.messages import Request
from openapi.document import FILE
from tests.functions.business import PATHS, Ids, Two, two_businesses
from tests.functions.routes import ROUTES, Known
from tests.hostile.front_door import reply_to
from tests.world import PREFIX, fresh_world

EXAMPLES = int(os.environ.get("HOSTILE_EXAMPLES", "8"))  # noqa: TID251 - `make fuzz` asks for more

CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)

NAMED: Mapping[str, str] = {
    "customerId": "customer",
    "externalCustomerId": "customer name",
    "billingCustomerId": "customer",
    "productId": "product",
    "externalProductId": "product name",
    "productAttributeId": "attribute",
    "seatId": "seat",
    "userExternalId": "user",
    "orderId": "order",
}
"""Which of our things the fields of requests name."""

ORDERED = sorted(ROUTES, key=lambda known: ("GET PATCH PUT POST DELETE".index(known.method), known.path))
"""What takes things away comes last."""

SCHEMA = schemathesis.openapi.from_dict(json.loads(FILE.read_text(encoding="utf-8")))


class ThroughTheGateway(HTTPAdapter):
    """Carries what schemathesis sends to the handlers."""

    def send(self, request: requests.PreparedRequest, *_: object, **__: object) -> requests.Response:
        parts = urlsplit(str(request.url))
        body: Any = request.body or b""
        reply = reply_to(
            Request(
                str(request.method),
                parts.path,
                query=parts.query,
                headers=[(name, str(value)) for name, value in request.headers.items()],
                body=body.encode() if isinstance(body, str) else body,
            )
        )
        raw = HTTPResponse(BytesIO(reply.content), headers=reply.headers, status=reply.status, preload_content=False)
        return self.build_response(request, raw)


@pytest.fixture(scope="module")
def two() -> Iterator[Two]:
    with fresh_world() as world:
        yield two_businesses(world)


@pytest.fixture(scope="module")
def session() -> requests.Session:
    made = requests.Session()
    made.mount("http://", ThroughTheGateway())
    return made


@pytest.mark.parametrize("mode", list(GenerationMode))
@pytest.mark.parametrize("route", [pytest.param(known, id=str(known)) for known in ORDERED])
def test_every_answer_is_one_that_the_document_tells_of(
    two: Two, session: requests.Session, route: Known, mode: GenerationMode
) -> None:
    operation = SCHEMA[route.path][route.method]
    if mode is GenerationMode.NEGATIVE and not operation.body and not operation.query:
        pytest.skip("nothing but ids to be wrong: test_urls.py")

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode), is_ours=st.booleans())
    def exchange(case: Any, is_ours: bool) -> None:  # noqa: FBT001 - drawn by hypothesis
        if route.scope is not None:
            case.headers["authorization"] = f"Bearer {two.ours.secret}"
        if is_ours and route.path.startswith(PREFIX):
            case.path_parameters = ids_in_path(route, two.our_ids)
            case.body = with_ids(case.body, two.our_ids)
        response = case.call(base_url="http://owed.test", session=session)
        case.validate_response(response, checks=CHECKS)

    exchange()


def ids_in_path(route: Known, ids: Ids) -> dict[str, str]:
    things = PATHS.get(route.path.removeprefix(PREFIX).split("/")[1], {})
    return {parameter: ids[things[parameter]] for parameter in route.parameters}


def with_ids(value: Any, ids: Ids) -> Any:
    """A body in which whoever is named is one of ours."""
    if isinstance(value, dict):
        return {k: ids[NAMED[k]] if k in NAMED and isinstance(v, str) else with_ids(v, ids) for k, v in value.items()}
    return [with_ids(each, ids) for each in value] if isinstance(value, list) else value

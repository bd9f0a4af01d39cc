"""`/health`, and the paths that nobody answers: both without a key, a table or any other service."""

import pytest

from local.messages import Request
from tests.world import call, send


def test_health_is_public() -> None:
    answer = call("GET", "/health")

    assert (answer.status, answer.body) == (200, {"status": "ok"})


@pytest.mark.parametrize("path", ["/nothing", "/customer", "/checkouts/"])
def test_an_unknown_path_is_not_found_with_the_apis_own_body(path: str) -> None:
    answer = call("GET", path)

    assert answer.status == 404
    assert answer.body == {"error": f"there is no path /api/v2{path.rstrip('/')}", "code": "UNKNOWN_PATH"}


def test_an_unknown_method_is_told_which_are_known() -> None:
    answer = call("PATCH", "/health")

    assert answer.status == 405
    assert answer.body == {"error": "/health does not know PATCH, expected one of GET", "code": "UNKNOWN_METHOD"}


def test_the_description_of_the_routes_is_public_json() -> None:
    answer = call("GET", "/openapi.json")

    assert answer.status == 200
    assert answer.body["paths"]["/health"]["get"]["operationId"] == "getHealth"


def test_who_has_the_description_already_is_not_sent_it_again() -> None:
    first = send(Request("GET", "/openapi.json"))
    again = send(Request("GET", "/openapi.json", headers=[("If-None-Match", first["headers"]["etag"])]))

    assert first["headers"]["cache-control"] == "public, max-age=300"
    assert (again["statusCode"], again["body"], again["headers"]["etag"]) == (304, "", first["headers"]["etag"])

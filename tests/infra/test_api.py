"""The route table is what the gateway serves."""

import json
import re
from importlib import import_module

import pytest

from infra import resources
from tests.infra.assembly import Assembly

pytestmark = pytest.mark.infra

WITHOUT_A_ROUTER = {"traces"}
"""It has one path and speaks OTLP; `tests/functions/test_trace_answers.py` calls it by its row of the table."""


def test_every_row_of_the_route_table_is_served_by_its_function(assembly: Assembly) -> None:
    served = _served(assembly)

    expected = {f"{row.method} {row.path}": row.function for row in resources.ROUTES}
    expected |= {f"{row.method} {row.path}/{{proxy+}}": row.function for row in resources.ROUTES if row.subtree}
    assert served == expected | {"$default": resources.DEFAULT_FUNCTION}


@pytest.mark.parametrize("name", sorted({row.function for row in resources.ROUTES} - WITHOUT_A_ROUTER))
def test_every_path_that_code_answers_reaches_it_through_the_gateway(assembly: Assembly, name: str) -> None:
    api = import_module(f"functions.{name}.handler").api

    reached = {route.path: _routed(_served(assembly), route.path) for route in api.routes}
    assert reached
    assert {path: function for path, function in reached.items() if function != name} == {}


def test_the_emulator_also_gets_the_slashes_spelt_out(local_assembly: Assembly) -> None:
    served = _served(local_assembly)

    collections = [row for row in resources.ROUTES if row.subtree]
    assert {f"ANY {row.path}/": row.function for row in collections}.items() <= served.items()


def test_no_route_key_ends_in_a_slash_which_aws_refuses(assembly: Assembly) -> None:
    assert not [key for key in _served(assembly) if key.endswith("/")]


def test_the_admin_function_is_out_of_the_gateways_reach(assembly: Assembly) -> None:
    admin = assembly.function_id("admin")

    invokable = {assembly.read(made["FunctionName"]) for made in assembly.properties("AWS::Lambda::Permission")}
    assert f"{admin}.Arn" not in invokable
    assert "admin" not in _served(assembly).values()


def test_the_gateway_may_call_each_function_it_routes_to_and_only_for_this_api(assembly: Assembly) -> None:
    (api,) = assembly.of_type("AWS::ApiGatewayV2::Api")
    permissions = assembly.properties("AWS::Lambda::Permission")

    routed = {f"{assembly.function_id(name)}.Arn" for name in _served(assembly).values()}
    assert {assembly.read(made["FunctionName"]) for made in permissions} == routed
    assert all(f":{api}/" in assembly.read(made["SourceArn"]) for made in permissions)


def test_the_default_route_has_a_permission_without_method_and_path(assembly: Assembly) -> None:
    function = assembly.function_id(resources.DEFAULT_FUNCTION)
    sources = [
        assembly.read(made["SourceArn"])
        for made in assembly.properties("AWS::Lambda::Permission")
        if assembly.read(made["FunctionName"]) == f"{function}.Arn"
    ]

    # .../<api>/<stage>/$default has one part fewer than .../<api>/<stage>/GET/health.
    assert any(source.count("/") == 2 for source in sources)


def test_events_have_the_payload_the_handlers_parse(assembly: Assembly) -> None:
    versions = {made["PayloadFormatVersion"] for made in assembly.properties("AWS::ApiGatewayV2::Integration")}

    assert versions == {"2.0"}


def test_every_request_is_logged_with_its_status_and_without_its_body(assembly: Assembly) -> None:
    (stage,) = assembly.properties("AWS::ApiGatewayV2::Stage")
    logged = json.loads(stage["AccessLogSettings"]["Format"])

    assert stage["StageName"] == "$default"
    assert logged["status"] == "$context.status"
    assert not [field for field in logged.values() if "authorizer" in field or "body" in field]


def _served(assembly: Assembly) -> dict[str, str]:
    """The function behind each route key."""
    integrations = assembly.of_type("AWS::ApiGatewayV2::Integration")
    names = {f"{assembly.function_id(name)}.Arn": name for name in assembly.functions()}
    served = {}
    for route in assembly.properties("AWS::ApiGatewayV2::Route"):
        integration = integrations[assembly.read(route["Target"]).removeprefix("integrations/")]
        served[route["RouteKey"]] = names[assembly.read(integration["Properties"]["IntegrationUri"])]
    return served


def _routed(served: dict[str, str], path: str) -> str:
    """As the gateway decides: a full match, else a greedy one, else the default; the keys differ in no method."""
    full = {key.split(" ")[1]: name for key, name in served.items() if " " in key and "+}" not in key}
    greedy = {key.split(" ")[1].removesuffix("{proxy+}"): name for key, name in served.items() if "+}" in key}
    for pattern, name in full.items():
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", pattern), path):
            return name
    return next((name for prefix, name in greedy.items() if path.startswith(prefix)), served["$default"])

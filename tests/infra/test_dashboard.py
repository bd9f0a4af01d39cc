"""The one page: everything that may go wrong is on it, and what is added later appears by itself."""

import json
from typing import Any

import pytest

from infra import resources
from infra.metrics import METRICS
from tests.infra.assembly import Assembly

pytestmark = pytest.mark.infra

Metric = tuple[str, ...]
"""Namespace, name, and the dimensions in turn: `AWS/Lambda`, `Errors`, `FunctionName`, `SignalsFunction...`."""


def widgets(assembly: Assembly) -> list[dict[str, Any]]:
    (dashboard,) = assembly.properties("AWS::CloudWatch::Dashboard")
    made: list[dict[str, Any]] = json.loads(assembly.read(dashboard["DashboardBody"]))["widgets"]
    return made


def metrics(assembly: Assembly, title: str | None = None) -> set[Metric]:
    return {
        tuple(part for part in row if isinstance(part, str))
        for widget in widgets(assembly)
        for row in widget["properties"]["metrics"]
        if title in {None, widget["properties"]["title"]}
    }


def test_every_metric_that_a_function_writes_is_shown(assembly: Assembly) -> None:
    written = {
        ("Owed", name, "function", assembly.function_id(function))
        for function, names in METRICS.items()
        for name in names
    }

    assert {metric for metric in metrics(assembly) if metric[0] == "Owed"} == written


@pytest.mark.parametrize("name", ["Errors", "Throttles", "Duration"])
def test_every_function_is_shown(assembly: Assembly, name: str) -> None:
    shown = {("AWS/Lambda", name, "FunctionName", assembly.function_id(row.name)) for row in resources.FUNCTIONS}

    assert shown <= metrics(assembly)


def test_every_queue_and_every_queue_of_dead_letters_is_shown_once(assembly: Assembly) -> None:
    """Every queue of the template is one or the other."""
    queues = assembly.of_type("AWS::SQS::Queue")
    sources = {name for name, made in queues.items() if "RedrivePolicy" in made["Properties"]}

    def of(title: str) -> set[str]:
        return {queue.removesuffix(".QueueName") for *_, queue in metrics(assembly, title)}

    assert of("Age of the oldest message, in seconds") == of("Messages waiting") == sources
    assert of("Dead letters: must be none") == queues.keys() - sources


def test_every_table_and_index_is_shown(assembly: Assembly) -> None:
    shown = {metric[2:] for metric in metrics(assembly, "Throttles of tables and indexes")}

    for row in resources.TABLES:
        table = assembly.environment("admin")[row.env]
        assert ("TableName", table) in shown
        for index in row.indexes:
            assert {"GlobalSecondaryIndexName", index.name, "TableName", table} in [set(each) for each in shown]


def test_the_api_is_shown_with_what_it_refused_and_how_long_it_took(assembly: Assembly) -> None:
    (api,) = assembly.of_type("AWS::ApiGatewayV2::Api")

    names = {name for namespace, name, *rest in metrics(assembly) if namespace == "AWS/ApiGateway" and api in rest}
    assert names == {"Count", "4xx", "5xx", "Latency"}


def test_what_several_functions_write_is_told_apart(assembly: Assembly) -> None:
    (signals,) = (each for each in widgets(assembly) if each["properties"]["title"] == "Signals a minute")
    labels = [row[-1]["label"] for row in signals["properties"]["metrics"]]

    assert {"SignalsAccepted (signals)", "SignalsAccepted (costs)", "SignalsCounted"} <= set(labels)
    assert len(set(labels)) == len(labels)


def test_no_widget_covers_another_and_each_row_is_full(assembly: Assembly) -> None:
    """Of 24 columns."""
    rows: dict[int, list[tuple[int, int]]] = {}
    for widget in widgets(assembly):
        rows.setdefault(widget["y"], []).append((widget["x"], widget["width"]))

    for row in rows.values():
        ends = [0, *(x + width for x, width in sorted(row))]
        assert [x for x, _ in sorted(row)] == ends[:-1]
        assert ends[-1] == 24

"""What docs/monitoring.md says of alarms and metrics is what is deployed, and what that costs is worked out here."""

import re
from decimal import Decimal

import pytest

from infra.layers import PROJECT
from infra.metrics import METRICS, functions_of
from tests.infra.assembly import Assembly

pytestmark = pytest.mark.infra

PAGE = (PROJECT / "docs" / "monitoring.md").read_text(encoding="utf-8")
DEPLOYING = (PROJECT / "docs" / "deploy.md").read_text(encoding="utf-8")

FREE_ALARMS, ALARM = 10, Decimal("0.10")
FREE_METRICS, METRIC = 10, Decimal("0.30")
"""An account's own, and dollars a month for each further one."""


def rows_of(heading: str) -> list[list[str]]:
    """The cells of the first table below a heading."""
    table = PAGE.partition(f"## {heading}\n")[2].partition("\n|---")[2].partition("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[1:]]


def names_in(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def alarms(assembly: Assembly) -> list[str]:
    """As the construct names them: without what CloudFormation puts around."""
    return [name.removeprefix("Alarms")[:-8] for name in assembly.of_type("AWS::CloudWatch::Alarm")]


def test_each_alarm_is_on_the_page_and_each_on_the_page_is_deployed(assembly: Assembly) -> None:
    patterns = [name.replace("...", "") for first, *_ in rows_of("Alarms") for name in names_in(first)]

    made = alarms(assembly)
    assert [name for name in made if not any(name.endswith(pattern) for pattern in patterns)] == []
    assert [pattern for pattern in patterns if not any(name.endswith(pattern) for name in made)] == []


def test_each_metric_is_on_the_page_with_the_functions_that_write_it() -> None:
    said = {
        metric: set(names_in(functions)) for names, functions, _ in rows_of("Metrics") for metric in names_in(names)
    }

    assert said == {name: set(functions_of(name)) for names in METRICS.values() for name in names}


def test_the_alarms_cost_what_the_pages_say(assembly: Assembly) -> None:
    count = len(alarms(assembly))
    cost = (count - FREE_ALARMS) * ALARM

    assert f"There are {count} alarms" in PAGE
    assert f"The {count} alarms cost ({count} - {FREE_ALARMS}) * ${ALARM} = ${cost} a month" in PAGE
    assert f"| {count} alarms |" in DEPLOYING
    assert f"each further one: ${cost} |" in DEPLOYING
    assert f" {count} alarms and their topic" in DEPLOYING


def test_the_metrics_cost_what_the_page_says() -> None:
    """Each function's apart: the dimension is the function."""
    count = sum(len(names) for names in METRICS.values())
    paid = count - FREE_METRICS

    assert f"There are {count} metrics" in PAGE
    assert f"at most {paid} * ${METRIC} = ${paid * METRIC}" in PAGE
    assert f"{100 * count:,} metrics and ${(100 * count - FREE_METRICS) * METRIC:.0f}" in PAGE

"""What the functions measured, read from their output as CloudWatch reads it."""

import json
from collections.abc import Iterator
from typing import Any

Line = dict[str, Any]


def emf_lines(output: str) -> list[Line]:
    """The lines of CloudWatch's embedded metric format; each is held against its specification."""
    return [line for line in _objects(output) if "_aws" in line and _is_specified(line)]


def values(output: str) -> dict[str, int]:
    """The sum of each metric."""
    sums: dict[str, int] = {}
    for line in emf_lines(output):
        for definition in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]:
            name = definition["Name"]
            sums[name] = sums.get(name, 0) + line[name]
    return sums


def _objects(output: str) -> Iterator[Line]:
    for text in output.splitlines():
        if text.startswith("{"):
            yield json.loads(text)


def _is_specified(line: Line) -> bool:
    """CloudWatch drops a line without a word where a metric or a dimension is not there, or of another type."""
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert isinstance(line["_aws"]["Timestamp"], int)
    assert directive["Namespace"] == "Owed"
    assert directive["Dimensions"] == [["function"]]
    assert isinstance(line["function"], str)
    for definition in directive["Metrics"]:
        assert definition.keys() == {"Name", "Unit"}
        assert isinstance(line[definition["Name"]], int)
    return True

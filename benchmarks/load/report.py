"""What a run prints: a row for each scenario, and in the end what its figures are figures of."""

import os
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from benchmarks.load.checking import Verdict
from benchmarks.load.emulator import EMULATOR, HANDLERS, Alone
from benchmarks.load.scenarios import Scenario

HALF, ALMOST_ALL = 50, 99
WIDTH = 110

COLUMNS = (
    ("scenario", 10),
    ("signals", 7),
    ("customers", 9),
    ("accepted/s", 10),
    ("counted/s", 9),
    ("median s", 8),
    ("99 % s", 6),
    ("queue", 5),
    ("emulator", 8),
    ("handlers", 8),
    ("retried", 7),
    ("lost", 4),
    ("double", 6),
)
"""Titles and widths."""

LEGEND = (
    "A scenario is named with the size of its requests. Accepted: answered with 200; counted: in the log, the queue "
    "being empty. Median and 99 %: from the POST of a signal until the API shows it. Queue: most messages seen in it, "
    "one to a request. Emulator and handlers: how much of one processor they took. Retried: requests sent again, "
    "around a SIGTERM also some that were answered. Lost and double: accepted signals missing from the log or the "
    "next invoices, and those there once too often."
)


@dataclass(frozen=True)
class Result:
    """One scenario as it went; times in seconds."""

    scenario: Scenario
    accepted: int
    sending: float
    until_counted: float
    ways: Sequence[float]
    deepest: int
    shares: Mapping[str, float]
    retried: int
    verdict: Verdict


def head() -> str:
    titles = _row([title for title, _ in COLUMNS])
    return f"{titles}\n{'-' * len(titles)}"


def row(result: Result) -> str:
    scenario = result.scenario
    return _row(
        [
            scenario.name,
            f"{result.accepted:,}",
            f"{scenario.customers_met:,}",
            f"{result.accepted / result.sending:,.0f}",
            f"{result.accepted / result.until_counted:,.0f}",
            _seconds(percentile(result.ways, HALF)),
            _seconds(percentile(result.ways, ALMOST_ALL)),
            f"{result.deepest:,}",
            _percent(result.shares.get(EMULATOR)),
            _percent(result.shares.get(HANDLERS)),
            f"{result.retried:,}",
            f"{result.verdict.lost:,}",
            f"{result.verdict.double:,}",
        ]
    )


def percentile(values: Sequence[float], percent: int) -> float | None:
    """The smallest value that as many percent of all do not exceed; None of none."""
    ordered = sorted(values)
    return ordered[max(ceil(len(ordered) * percent / 100), 1) - 1] if ordered else None


def closing(alone: Alone, shares: Mapping[str, float]) -> str:
    """Which part of the figures is the emulator's."""
    calls = (
        f"While the system idles, one request after the other takes {_milliseconds(alone.request)} without any AWS "
        f"call (GET /health); the emulator by itself takes {_milliseconds(alone.send)} to take a message and "
        f"{_milliseconds(alone.put)} to put an item: {1 / alone.send:,.0f} and {1 / alone.put:,.0f} a second."
    )
    needs = (
        "To accept a request takes one message and a read for each customer in it, to count it some reads and writes "
        "for each, and every call waits for the emulator."
    )
    sentences = ["These figures are of the emulator and of this machine, not of AWS.", calls, needs]
    if shares:
        parts = ", ".join(f"{name} {share:.0%}" for name, share in shares.items())
        sentences.append(f"Under load, in parts of one processor ({os.cpu_count()} are here): {parts}.")
    sentences.append(
        "Each of them is one process; each function runs one call at a time and one poller reads the queue, where AWS "
        "runs as many as are asked for. What holds there too is the last two columns; what AWS is asked for, and what "
        "it costs, is counted by `make bench`."
    )
    return textwrap.fill(" ".join(sentences), WIDTH)


def legend() -> str:
    return textwrap.fill(LEGEND, WIDTH)


def _row(cells: Sequence[str]) -> str:
    """The name to the left, the numbers to the right."""
    widths = [width for _, width in COLUMNS]
    name, *numbers = [f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True)]
    return "  ".join([f"{name.strip():<{widths[0]}}", *numbers])


def _seconds(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds:.2f}"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.0%}"


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"

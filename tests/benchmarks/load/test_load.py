"""The whole of it, small: the system starts, is loaded, is stopped and started again, and nothing is missing."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
"""Benchmarks are not installed: they run where they lie."""


def load(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - ours
        [sys.executable, "-m", "benchmarks.load", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.mark.local
def test_a_small_load_and_a_sigterm_in_it_lose_nothing_and_count_nothing_twice() -> None:
    loaded = load("--signals", "60", "--connections", "1", "--only", "bulk-10", "--only", "sigterm-10")

    assert loaded.returncode == 0, loaded.stderr
    _, _, calm, stopped, *_ = [line.split() for line in loaded.stdout.splitlines()]
    assert (calm[:3], calm[-2:]) == (["bulk-10", "60", "10"], ["0", "0"])
    assert (stopped[:3], stopped[-2:]) == (["sigterm-10", "60", "10"], ["0", "0"])
    retried = int(stopped[-3])
    assert retried > 0


def test_a_scenario_that_is_not_known_is_refused() -> None:
    refused = load("--only", "all")

    assert refused.returncode == 2
    assert "bulk-1000" in refused.stderr

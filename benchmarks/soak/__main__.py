"""`make soak`: rounds of chance and faults until a million signals were delivered; fails at the first difference."""

import argparse
import os
import secrets
import sys
import time
from typing import NamedTuple

from local.environment import ACCOUNT

os.environ["MOTO_ACCOUNT_ID"] = ACCOUNT  # noqa: TID251 - moto reads it when it is imported

from benchmarks.soak.round import Report, play
from benchmarks.soak.tally import Tally
from local.progress import Progress

DELIVERIES = 1_000_000

SHOWN = 10
"""Differences; mostly the first tells it all."""

_TOLD_AT_LEAST = 2_000


class Options(NamedTuple):
    """`minutes` and `round` are None when not given."""

    deliveries: int
    seed: int
    minutes: float | None
    round: int | None


def main(options: Options) -> int:
    """The exit status: 1 where something differs."""
    print(f"seed {options.seed}: {options.deliveries:,} deliveries of signals", flush=True)
    began, total = time.monotonic(), Tally()
    with Progress(sys.stderr) as progress:
        number = options.round or 0
        while True:
            report = _play(options, number, total, progress)
            total.absorb(report.tally)
            minutes = (time.monotonic() - began) / 60
            if report.differences or _is_enough(options, total, minutes):
                break
            number += 1
    total.add("rounds", number + 1 - (options.round or 0))
    total.add("differences", len(report.differences))
    print(total.table())
    print(f"{minutes:.1f} minutes, seed {options.seed}, the last round was {number}, its trace {report.trace}")
    if report.differences:
        _tell_of(report, options.seed, number)
    return 1 if report.differences else 0


def _is_enough(options: Options, total: Tally, minutes: float) -> bool:
    is_late = options.minutes is not None and minutes >= options.minutes
    return options.round is not None or total["deliveries"] >= options.deliveries or is_late


def _play(options: Options, number: int, total: Tally, progress: Progress) -> Report:
    told = 0

    def tell(delivered: int) -> None:
        nonlocal told
        if delivered - told >= _TOLD_AT_LEAST and sys.stderr.isatty():
            told = delivered
            progress(f"round {number}", total["deliveries"] + delivered, options.deliveries)

    report = play(f"{options.seed} {number}", tell=tell)
    progress(f"round {number}", total["deliveries"] + report.tally["deliveries"], options.deliveries)
    return report


def _tell_of(report: Report, seed: int, number: int) -> None:
    print(f"\nRound {number} differs in {len(report.differences)} things: {report.climate}")
    for difference in report.differences[:SHOWN]:
        print(f"  {difference}")
    print(f"Again, the same to the last call: make soak SOAK='--seed {seed} --round {number}'")


def _options() -> Options:
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument(
        "--deliveries", type=int, default=DELIVERIES, help="of signals to workers, at least (%(default)s)"
    )
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6), help="of all rounds (drawn anew)")
    parser.add_argument("--minutes", type=float, help="begin no round after so many")
    parser.add_argument("--round", type=int, help="play this one alone")
    return Options(**vars(parser.parse_args()))


sys.exit(main(_options()))

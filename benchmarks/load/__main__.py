"""`make load`: signals into the local system through HTTP, as many as it takes; status 1 when one is lost or double."""

import argparse
import asyncio
import shutil
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import httpx

from benchmarks.load.emulator import measured_alone
from benchmarks.load.errors import LoadFailedError
from benchmarks.load.playing import Pace, Play
from benchmarks.load.progress import Progress
from benchmarks.load.report import closing, head, legend, row
from benchmarks.load.scenarios import SCENARIOS, chosen
from benchmarks.load.system import OwedUp
from local.errors import AdminError

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    # Whoever ends us ends what we started, as with Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    folder = Path(tempfile.mkdtemp(prefix="owed-load-"))
    progress = Progress(sys.stderr)
    try:
        all_hold = _run(options, folder, progress)
    except (LoadFailedError, AdminError, httpx.HTTPError) as error:
        progress.clear()
        print(f"{str(error) or type(error).__name__}\nThe logs are in {folder}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        progress.clear()
        shutil.rmtree(folder)
        return INTERRUPTED
    shutil.rmtree(folder)
    return 0 if all_hold else 1


def _run(options: argparse.Namespace, folder: Path, progress: Progress) -> bool:
    """Whether every scenario lost nothing and counted nothing twice."""
    progress.say("starting the system")
    with OwedUp(folder) as system:
        progress.say("measuring the emulator by itself")
        alone = measured_alone(system)
        play = Play(system, Pace(options.connections, options.seconds), progress)
        progress.clear()
        print(head(), flush=True)
        all_hold = asyncio.run(_play(options, play, progress))
    print(f"\n{legend()}\n\n{closing(alone, play.processor.shares())}")
    return all_hold


async def _play(options: argparse.Namespace, play: Play, progress: Progress) -> bool:
    """Prints each row as soon as there is one."""
    all_hold = True
    try:
        async with asyncio.timeout(options.limit):
            for scenario in chosen(options.only, signals=options.signals):
                result = await play.scenario(scenario)
                progress.clear()
                print(row(result), flush=True)
                all_hold &= result.verdict.holds
    except TimeoutError:
        raise LoadFailedError(f"the run is not done within {options.limit} s, see --limit") from None
    return all_hold


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description="Loads the local system.")
    parser.add_argument("--signals", type=_positive, metavar="N", help="of each scenario, in place of its own number")
    parser.add_argument("--seconds", type=_positive, default=60, help="to send at most, in each scenario (60)")
    parser.add_argument("--connections", type=_positive, default=4, help="requests under way at once (4)")
    parser.add_argument("--limit", type=_positive, default=600, help="seconds for the whole run (600)")
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        choices=[scenario.name for scenario in SCENARIOS],
        help="this scenario; may be repeated",
    )
    return parser


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 on")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())

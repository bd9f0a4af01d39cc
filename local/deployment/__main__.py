"""`make deploy-local`: the real app, deployed into the local back end with IAM enforced, used, changed and removed."""

import json
import shutil
import signal
import sys
import tempfile
from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from pathlib import Path
from types import FrameType

import httpx
from botocore.exceptions import BotoCoreError, ClientError
from paid.core.api_error import ApiError

from local.deployment.backend import running_back_end
from local.deployment.errors import StepFailedError
from local.deployment.story import Story
from local.deployment.tools import check_node
from local.errors import CannotStartError


def main() -> int:
    options = _options()
    signal.signal(signal.SIGTERM, _interrupt)
    folder = Path(tempfile.mkdtemp(prefix="owed-deploy-"))
    try:
        check_node()
        with running_back_end(folder) as endpoint:
            story = Story(endpoint, folder)
            story.play(sys.stdout)
    except (StepFailedError, CannotStartError, ApiError, BotoCoreError, ClientError, httpx.HTTPError) as error:
        sys.stderr.write(f"\n{error}\nThe logs are in {folder}.\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write(f"\nEnded; everything that was started is stopped. The logs are in {folder}.\n")
        return 130
    if options.findings is not None:
        options.findings.write_text(json.dumps(asdict(story.findings)), encoding="utf-8")
    shutil.rmtree(folder)
    return 0


def _options() -> Namespace:
    parser = ArgumentParser(prog="make deploy-local", description=__doc__)
    parser.add_argument("--findings", type=Path, metavar="FILE", help="write there what the steps saw, as JSON")
    return parser.parse_args()


def _interrupt(number: int, frame: FrameType | None) -> None:
    """A supervisor's SIGTERM ends it as Ctrl-C does: what was started is stopped on the way out."""
    del number, frame
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())

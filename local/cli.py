"""The `owed` command: runs the system on this machine, and operates it here or in AWS."""

import argparse
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from local.admin import Admin, aws_invoke, local_invoke
from local.errors import AdminError, CannotStartError
from local.report import report
from local.up import up

DEFAULT_DATA = Path(".local")
DEFAULT_PORT = 8400


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        if options.command == "up":
            return up(options.data, options.port, first_clock=options.clock)
        report(_operate(options), as_json=options.json)
    except CannotStartError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except AdminError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0

"""Where the handlers' output goes: in Lambda to CloudWatch, here to one file."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path


@contextmanager
def logged_to(path: Path) -> Iterator[None]:
    """Redirects standard output too: Powertools writes its logs and metrics there."""
    with path.open("a", buffering=1, encoding="utf-8") as log, redirect_stdout(log):
        handler = logging.StreamHandler(log)
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
        runner = logging.getLogger("local")
        runner.setLevel(logging.INFO)
        runner.propagate = False
        runner.addHandler(handler)
        try:
            yield
        finally:
            runner.removeHandler(handler)
            runner.propagate = True

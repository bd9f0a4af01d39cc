"""ministack as an AWS account: all of its services, with every call held against the caller's role."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.environment import ACCESS_KEY
from local.ministack import running_ministack

ENFORCING = {
    "AUTH": "true",
    # The one key that is the account's root there; functions get credentials of their roles.
    "AWS_ACCESS_KEY_ID": ACCESS_KEY,
    "AWS_SECRET_ACCESS_KEY": ACCESS_KEY,
    "SERVICES": "",
    # Functions inherit it, and say no more than it allows: what they log is to be read.
    "LOG_LEVEL": "INFO",
    "PERSIST_STATE": "0",
    "S3_PERSIST": "0",
}


@contextmanager
def running_back_end(folder: Path) -> Iterator[str]:
    """Yields the endpoint; what is deployed there is gone afterwards, and lies in `folder` until then."""
    with running_ministack(folder, ENFORCING) as endpoint:
        yield endpoint

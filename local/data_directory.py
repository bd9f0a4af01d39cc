"""The directory of one local system: its lock, its first organization, and where it answers."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from urllib.parse import urlsplit

from local.errors import CannotStartError


@dataclass(frozen=True, slots=True)
class FirstOrganization:
    organization: str
    key: str


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What a script needs to talk to a running system."""

    api: str
    organization: str
    key: str

    @property
    def lambda_url(self) -> str:
        return self.api.removesuffix("/api/v2")

    @property
    def port(self) -> int | None:
        return urlsplit(self.api).port


class DataDirectory:
    """Files are readable by their owner alone, since they hold a key, and are replaced whole."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self._endpoint = self.path / "endpoint.json"
        self._organization = self.path / "organization.json"

    @contextmanager
    def held(self) -> Iterator[None]:
        """Makes the directory if need be and keeps other systems out; the lock falls with the process."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            lock = (self.path / "lock").open("w")
        except OSError as error:
            reason = error.strerror or str(error)
            raise CannotStartError(f"The data directory {self.path} cannot be used: {reason}.") from error
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise CannotStartError(f"The data directory {self.path} is in use by another `owed up`.") from error
            # A script that waits for the file must not read where the system answered the last time.
            self._endpoint.unlink(missing_ok=True)
            yield

    def write_endpoint(self, endpoint: Endpoint) -> None:
        _write(self._endpoint, asdict(endpoint))

    def endpoint(self) -> Endpoint | None:
        """None until a system has been ready here. Names of older versions are passed over."""
        content = _read(self._endpoint)
        return Endpoint(**{each.name: content[each.name] for each in fields(Endpoint)}) if content else None

    def write_organization(self, first: FirstOrganization) -> None:
        _write(self._organization, asdict(first))

    def organization(self) -> FirstOrganization | None:
        """None before the first start."""
        content = _read(self._organization)
        return FirstOrganization(**content) if content else None


def _read(path: Path) -> dict[str, str] | None:
    """None where there is no such file."""
    try:
        content: dict[str, str] = json.loads(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise CannotStartError(f"The file {path} is broken: {error}.") from error
    return content


def _write(path: Path, content: dict[str, str]) -> None:
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(content, file, indent=2)
        file.write("\n")
    draft.replace(path)

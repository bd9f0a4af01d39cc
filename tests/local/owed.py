"""The `owed` command as a person or a script runs it: a process of its own, with the real functions."""

import http.client
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from local.data_directory import DataDirectory, Endpoint
from tests.logs import look_through

OWED = (sys.executable, "-m", "local.cli")


class Up:
    """A running `owed up`; leaving stops it as a supervisor would."""

    def __init__(self, data: Path, *arguments: str) -> None:
        self.data = data
        self._arguments = arguments

    def __enter__(self) -> "Up":
        known = DataDirectory(self.data)
        command = [*OWED, "up", "--data", str(self.data), "--port", "0", *self._arguments]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)  # noqa: S603 - ours
        # Its first line comes when it can serve, or it tells why not and ends.
        assert self._process.stdout is not None
        self.first_line = self._process.stdout.readline().strip()
        endpoint = known.endpoint()
        assert endpoint is not None, self.first_line
        self.endpoint: Endpoint = endpoint
        return self

    def __exit__(self, *_: object) -> None:
        self.status = self.stop()

    def stop(self) -> int:
        """Its exit status."""
        self._process.send_signal(signal.SIGTERM)
        return self._ended()

    def kill(self) -> None:
        self._process.kill()
        self._ended()

    def get(self, path: str) -> tuple[int, object]:
        """Status and JSON of a path below the API, asked with the first key."""
        host, _, prefix = self.endpoint.api.removeprefix("http://").partition("/")
        connection = http.client.HTTPConnection(host, timeout=30)
        connection.request("GET", f"/{prefix}{path}", headers={"authorization": f"Bearer {self.endpoint.key}"})
        response = connection.getresponse()
        content = json.loads(response.read())
        connection.close()
        return response.status, content

    def _ended(self) -> int:
        status = self._process.wait(30)
        assert self._process.stdout is not None
        self._process.stdout.close()
        look_through((self.data / "functions.log").read_text(), where=f"the log of {self.data}")
        return status


def owed(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - ours
        [*OWED, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env=os.environ | environment,  # noqa: TID251 - passed on, not read
    )

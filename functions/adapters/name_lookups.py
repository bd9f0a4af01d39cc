"""Looks up names within a limit of time, which the system's own resolver does not know.

A look-up cannot be ended: one that nobody answers goes on in its thread after its caller has left it. So only so many
may be under way, and while all of those hang the next ones wait, and fail when their time is up.
"""

import socket
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future

AT_ONCE = 8
"""The system gives up a name after some ten seconds by itself, and one delivery takes as long: it is rarely two."""

Resolve = Callable[[str, int], Sequence[str]]
"""The addresses of a name. Raises OSError, and UnicodeError of what cannot be a name."""


def resolved(host: str, port: int) -> Sequence[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class NameLookups:
    """Look-ups by `resolve`, `at_once` of them at most."""

    def __init__(self, resolve: Resolve, *, at_once: int = AT_ONCE) -> None:
        self._resolve = resolve
        self._free = threading.BoundedSemaphore(at_once)

    def addresses(self, host: str, port: int, *, seconds_left: Callable[[], float]) -> Sequence[str]:
        """Raises TimeoutError when the time is up, and what `resolve` and `seconds_left` raise."""
        if not self._free.acquire(timeout=seconds_left()):
            raise TimeoutError
        found: Future[Sequence[str]] = Future()
        thread = threading.Thread(target=self._look_up, args=(host, port, found), daemon=True)
        try:
            thread.start()
        except RuntimeError:  # no thread is to be had, and so none that would free its place
            self._free.release()
            raise
        return found.result(timeout=seconds_left())

    def _look_up(self, host: str, port: int, found: "Future[Sequence[str]]") -> None:
        try:
            found.set_result(self._resolve(host, port))
        except Exception as error:  # noqa: BLE001 - it is the caller's, if that waits still
            found.set_exception(error)
        finally:
            self._free.release()

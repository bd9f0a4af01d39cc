"""Threads of which only one runs at a time: each stops before every AWS call, until it is told to go on.

So whoever tells them decides every interleaving, and moto, which is not made for threads, is never entered twice.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from tests.faults import Answer, Call, Crash, Fault, crashes_before

Work = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Ended:
    """How a piece of work ended, and after how many calls: with a result, or with what it raised, a `Crash` maybe."""

    result: object = None
    raised: BaseException | None = None
    calls: int = 0

    @property
    def is_crash(self) -> bool:
        return isinstance(self.raised, Crash)


class Strand:
    """One such thread; it does one piece of work after the other.

        begin, go_on ──▶ runs ──▶ stops before a call (`call` says which), or at the end (`take_end` says how)

    Whoever calls `begin` or `go_on` waits until the thread has stopped again.
    """

    def __init__(self) -> None:
        self.call: Call | None = None
        self._work: Work | None = None
        self._fault: Fault | None = None
        self._ended: Ended | None = None
        self._calls = 0
        self._may_run, self._has_stopped = threading.Lock(), threading.Lock()
        self._may_run.acquire()
        self._has_stopped.acquire()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def is_running(self) -> bool:
        """Whether it is this thread that asks."""
        return threading.current_thread() is self._thread

    def begin(self, work: Work) -> None:
        self._work = work
        self._let_run()

    def go_on(self, fault: Fault | None) -> None:
        """The call it stands before is made, or the fault happens in its place."""
        self._fault = fault
        self._let_run()

    def take_end(self) -> Ended | None:
        """How the work ended, once; None while it has not."""
        ended, self._ended = self._ended, None
        return ended

    def close(self) -> None:
        """Ends the thread, and what it was doing by a crash."""
        while self.call is not None:
            self.go_on(crashes_before)
        self._work = None
        self._may_run.release()
        self._thread.join()

    def cross(self, call: Call) -> Answer:
        """Called by the thread itself where it makes a call: stops, and then does as it was told."""
        self.call = call
        self._calls += 1
        self._has_stopped.release()
        self._may_run.acquire()
        self.call = None
        answer = None if self._fault is None else self._fault(call)
        return call.send() if answer is None else answer

    def _let_run(self) -> None:
        self._may_run.release()
        self._has_stopped.acquire()

    def _run(self) -> None:
        while True:
            self._may_run.acquire()
            if self._work is None:
                return
            self._calls = 0
            self._ended = replace(_end_of(self._work), calls=self._calls)
            self._has_stopped.release()


def _end_of(work: Work) -> Ended:
    try:
        return Ended(result=work())
    except BaseException as error:  # noqa: BLE001 - a crash of the work is not one of the thread
        return Ended(raised=error)

"""Work that goes on beside the server until the system stops."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

STOP_SECONDS = 2


@contextmanager
def background(run: Callable[[threading.Event], None], stopping: threading.Event, *, name: str) -> Iterator[None]:
    """`run` in a thread of its own. On leaving, it may finish what is under way; several may share `stopping`."""
    thread = threading.Thread(target=run, args=(stopping,), name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join(STOP_SECONDS)

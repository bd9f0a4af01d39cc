"""Runs ministack so that it never outlives whoever started it.

Executed by path with ministack's own interpreter, so it may import nothing but the standard library, and that. The
starter holds the other end of our standard input: when that closes, however the starter died, we ask ourselves to save
and end. This works on every POSIX system, which PR_SET_PDEATHSIG does not.
"""

import os
import runpy
import signal
import threading
import time
from pathlib import Path

PARTIQL_STREAMS = Path(__file__).with_name("partiql_streams.py")
SAVING_SECONDS = 20


def end_with_starter() -> None:
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(SAVING_SECONDS)
    os._exit(1)


if __name__ == "__main__":
    threading.Thread(target=end_with_starter, daemon=True).start()
    runpy.run_path(str(PARTIQL_STREAMS))
    runpy.run_module("ministack", run_name="__main__")

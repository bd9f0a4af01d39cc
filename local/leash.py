"""Runs ministack so that it never outlives whoever started it.

Executed by path with ministack's own interpreter, so it may import nothing but the standard library. The starter holds
the other end of our standard input: when that closes, however the starter died, we ask ourselves to save and end. This
works on every POSIX system, which PR_SET_PDEATHSIG does not.
"""

import os
import runpy
import signal
import threading
import time

SAVING_SECONDS = 20


def end_with_starter() -> None:
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(SAVING_SECONDS)
    os._exit(1)


if __name__ == "__main__":
    threading.Thread(target=end_with_starter, daemon=True).start()
    runpy.run_module("ministack", run_name="__main__")

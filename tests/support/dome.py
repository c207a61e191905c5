"""A telescope's program that logs from several threads, and notes each message whose log call has returned.

`python -m tests.support.dome URL SPOOL NOTES RUN THREADS` logs until it is killed. Standard library only, for
Python 3.9 as well.
"""

from __future__ import annotations

import itertools
import logging
import os
import random
import sys
import threading
import time

from userstatus import UserStatusHandler

LEVELS = (logging.INFO, logging.INFO, logging.WARNING, logging.ERROR)


def work(log: logging.Logger, notes: int, name: str) -> None:
    """Log a message after the other; each has its thread, its number and, by the formatter, its time."""
    for number in itertools.count():
        log.log(random.choice(LEVELS), "%s-%d", name, number)
        os.write(notes, f"{name}-{number}\n".encode())
        time.sleep(random.uniform(0, 0.01))


def main(url: str, spool: str, file: str, run: str, threads: int) -> None:
    handler = UserStatusHandler(url, "tst", spool=spool)
    handler.setFormatter(logging.Formatter("%(message)s %(created).6f"))
    log = logging.getLogger("dome")
    log.setLevel(logging.INFO)
    log.addHandler(handler)
    notes = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)  # what is written there survives a kill
    for thread in range(threads):
        threading.Thread(target=work, args=(log, notes, f"{run}.{thread}")).start()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4], int(sys.argv[5]))

"""The process that services are forked from: it has imported everything, and runs a program in each fork.

It is told by lines of JSON what to start, and tells in the same way which processes have begun and ended.
"""

from __future__ import annotations

import gc
import json
import os
import runpy
import signal
import sys
from os import read, waitpid, write  # as they are before eventlet replaces them
from pathlib import Path
from select import select
from typing import Any

from userstatus import eventloop

eventloop.patch()

import alembic.command  # noqa: E402, F401, imported only once a service starts, like SQLite's dialect
import sqlalchemy.dialects.sqlite.pysqlite  # noqa: E402, F401

import userstatus.server  # noqa: E402, F401

PROJECT = Path(__file__).parents[2]
APPENDING = os.O_WRONLY | os.O_APPEND | os.O_CREAT


def tell(**said: int) -> None:
    write(1, f"{json.dumps(said)}\n".encode())


def tell_who_ended() -> None:
    while True:
        try:
            pid, status = waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        tell(ended=pid, status=os.waitstatus_to_exitcode(status))


def become(wanted: dict[str, Any]) -> None:
    """Have this process look like one started with arguments, an environment and a file for its output."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    nothing, log = os.open(os.devnull, os.O_RDONLY), os.open(wanted["log"], APPENDING, 0o644)
    for new, old in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(new, old)
    os.close(nothing)
    os.close(log)
    os.environ.clear()
    os.environ.update(wanted["environ"])
    sys.argv = wanted["arguments"]


def run() -> None:
    """Run the program of the arguments, as Python would."""
    if sys.argv[0] == "-c":
        program = sys.argv.pop(1)
        exec(program, {"__name__": "__main__"})  # noqa: S102
    else:
        runpy.run_path(str(PROJECT / sys.argv[0]), run_name="__main__")


def is_fork() -> bool:
    """Fork as long as something is to be started; returns True in each fork, and False at the end."""
    gc.collect()
    gc.freeze()  # a fork's collector need not scan what was imported, which would copy all of its memory
    woken, waker = os.pipe()
    os.set_blocking(waker, False)
    signal.set_wakeup_fd(waker)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    wanted = b""
    while True:
        ready, _, _ = select([0, woken], [], [])
        if woken in ready:
            read(woken, 100)
            tell_who_ended()
        if 0 in ready:
            if not (piece := read(0, 100_000)):
                return False
            *lines, wanted = (wanted + piece).split(b"\n")
            for line in lines:
                if (pid := os.fork()) == 0:
                    become(json.loads(line))
                    os.close(woken)
                    os.close(waker)
                    return True
                tell(began=pid)


if __name__ == "__main__" and is_fork():
    run()

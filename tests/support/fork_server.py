"""Services forked from a process that has imported everything, as that is most of what a start costs."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

PROJECT = Path(__file__).parents[2]
FORKING = (sys.executable, "-m", "tests.support.forking")
# Variables that count when an interpreter starts or libraries are imported: they need a process from scratch.
FOR_A_START = ("EVENTLET", "LD_", "PSYCOPG", "PYTHON")


class Forked:
    """A forked process, with what the tests use of `subprocess.Popen`."""

    def __init__(self, server: ForkServer, pid: int):
        self.server = server
        self.pid = pid

    @property
    def returncode(self) -> int | None:
        return self.server.statuses.get(self.pid)

    def poll(self) -> int | None:
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        with self.server.told:
            if not self.server.told.wait_for(lambda: self.pid in self.server.statuses, timeout):
                raise subprocess.TimeoutExpired("service", timeout or 0)
        return self.server.statuses[self.pid]

    def send_signal(self, number: int) -> None:
        if self.returncode is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)


class ForkServer:
    """Has services forked by a process of its own, which begins with the first of them."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        self.starting = threading.Lock()
        self.told = threading.Condition()
        self.began: queue.Queue[int] = queue.Queue()
        self.statuses: dict[int, int] = {}  # exit statuses, by process

    @staticmethod
    def can_start(command: Sequence[str], environ: Mapping[str, str]) -> bool:
        """Whether a command is a program in a file or after -c, that alone reads its environment.

        Such a program must not mind that the service was imported before it began.
        """
        is_program = command[0] == sys.executable and (command[1] == "-c" or command[1].endswith(".py"))
        return is_program and not any(name.startswith(FOR_A_START) for name in environ)

    def start(self, command: Sequence[str], environ: Mapping[str, str], log: Path) -> Forked:
        """Run a command's program in a fork, with this environment; its output is appended to `log`."""
        with self.starting:
            if self.process is None:
                self.process = subprocess.Popen(
                    FORKING, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
                )
                threading.Thread(target=self._listen, daemon=True).start()
            assert self.process.stdin is not None
            wanted = {"arguments": command[1:], "environ": environ, "log": str(log)}
            self.process.stdin.write(f"{json.dumps(wanted)}\n".encode())
            self.process.stdin.flush()
            return Forked(self, self.began.get(timeout=120))

    def close(self) -> None:
        if self.process is not None:
            self.process.communicate()

    def _listen(self) -> None:
        assert self.process is not None
        assert self.process.stdout is not None
        for line in self.process.stdout:
            said: dict[str, int] = json.loads(line)
            if "began" in said:
                self.began.put(said["began"])
            else:
                with self.told:
                    self.statuses[said["ended"]] = said["status"]
                    self.told.notify_all()

"""`python -m userstatus` as a process: run to its end, watched while it runs, or on a terminal."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tests.support.service import DEADLINE, PROJECT, wait_until


def environment(folder: Path, url: str, **environ: str) -> dict[str, str]:
    """An environment in which a server is known and whose data folder is in `folder`."""
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(PROJECT),
        "HOME": str(folder),
        "USERSTATUS_URL": url,
        **environ,
    }


class Shell:
    """A folder and an environment in which the command is run."""

    def __init__(self, folder: Path, url: str, python: str = sys.executable, **environ: str):
        self.folder = folder
        self.command: tuple[str, ...] = (python, "-m", "userstatus")
        self.environ = environment(folder, url, **environ)

    def run(
        self, *arguments: str, given: bytes | None = None, **environ: str
    ) -> subprocess.CompletedProcess[str]:
        """Run the command to its end, with `given` as standard input."""
        done = subprocess.run(
            [*self.command, *arguments],
            cwd=self.folder,
            env={**self.environ, **environ},
            input=b"" if given is None else given,
            capture_output=True,
            timeout=DEADLINE,
            check=False,
        )
        return subprocess.CompletedProcess(
            done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
        )

    @contextmanager
    def running(self, *arguments: str) -> Iterator[Running]:
        """The command while it runs; it is killed in the end, if it does not end by itself."""
        running = Running([*self.command, *arguments], self.folder, self.environ)
        try:
            yield running
        finally:
            running.end()

    def on_terminal(self, *arguments: str, seen: str, typed: str = "", **environ: str) -> str:
        """What the command shows on a terminal until it ends, or until it has shown `seen`."""
        terminal, end = pty.openpty()
        command = subprocess.Popen(
            [*self.command, *arguments],
            cwd=self.folder,
            env={**self.environ, "TERM": "xterm", **environ},
            stdin=end,
            stdout=end,
            stderr=end,
        )
        os.close(end)
        try:
            return _shown(terminal, seen, typed)
        finally:
            command.kill()
            command.wait()
            os.close(terminal)


class Running:
    """The command as a process, the lines that it writes, and what it says on standard error."""

    def __init__(self, command: Sequence[str], folder: Path, environ: dict[str, str]):
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env=environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.lines: list[str] = []
        self.errors: list[str] = []
        assert self.process.stdout
        assert self.process.stderr
        self._threads = [
            threading.Thread(target=_read, args=(self.process.stdout, self.lines), daemon=True),
            threading.Thread(target=_read, args=(self.process.stderr, self.errors), daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def shows(self, text: str) -> None:
        wait_until(lambda: any(text in line for line in self.lines), f"it shows {text}: {self.errors}")

    def says(self, text: str) -> None:
        wait_until(lambda: any(text in line for line in self.errors), f"it says {text}: {self.errors}")

    def interrupt(self) -> int:
        """Ctrl-C; returns the exit status."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(DEADLINE)

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for thread in self._threads:
            thread.join()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert stream
            stream.close()


def _read(stream: IO[bytes], lines: list[str]) -> None:
    lines.extend(line.decode() for line in stream)


def _shown(terminal: int, seen: str, typed: str) -> str:
    found, deadline = b"", time.monotonic() + DEADLINE
    while time.monotonic() < deadline:
        if not select.select([terminal], [], [], 0.1)[0]:
            continue
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # the command has ended
            break
        found += piece
        if not piece or (seen and seen.encode() in found):
            break
        if typed and b"[y/N]" in found:
            os.write(terminal, typed.encode())
            typed = ""
    return found.decode(errors="replace")

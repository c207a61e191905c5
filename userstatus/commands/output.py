"""Standard output as the commands write to it: at once, in any encoding, until nobody reads it any more."""

from __future__ import annotations

import io
import os
import select
import signal
import stat
import sys
import threading
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from userstatus.commands.outcome import CommandFailed, OutputClosed


def prepare(**options: Any) -> None:
    """Have every character written, whatever the encoding; `options` are those of `reconfigure`."""
    if sys.stdout is None:
        raise OutputClosed
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace", **options)


def write(*pieces: str) -> None:
    """Write at once; see `write_all`."""
    write_all(pieces)


def write_all(pieces: Iterable[str]) -> None:
    """Write some pieces. Raises OutputClosed if nobody reads them, CommandFailed if the disk is full."""
    try:
        sys.stdout.writelines(pieces)
        sys.stdout.flush()
    except BrokenPipeError:
        if hasattr(signal, "SIGPIPE"):
            signal.signal(signal.SIGPIPE, lambda *_: None)  # the pipe may be watched, too
        raise OutputClosed from None
    except OSError as error:
        raise CommandFailed(f"cannot write: {error.strerror or error}") from None


def watch() -> None:
    """Raise OutputClosed in the main thread once the reader of a pipe has gone.

    Otherwise a command that waits for a message would notice only when it writes the next one. Where a pipe
    cannot be watched, as on Windows, it is like that.
    """
    with suppress(OSError, ValueError):  # standard output is no file
        output = sys.stdout.fileno()
        if hasattr(select, "poll") and stat.S_ISFIFO(os.fstat(output).st_mode):
            signal.signal(signal.SIGPIPE, _closed)
            threading.Thread(target=_wait_for_end, args=(output,), daemon=True).start()


def _wait_for_end(output: int) -> None:
    poll = select.poll()
    poll.register(output, 0)  # errors alone, which are always reported
    poll.poll()
    # To that thread, as only this interrupts what it waits for.
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGPIPE)


def _closed(*_: Any) -> None:
    raise OutputClosed

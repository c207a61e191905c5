"""How a command ends: its exit status, and the one line on standard error that says why it failed."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress

from userstatus.commands.terminal_text import escaped

DONE = 0
FAILED = 1
USAGE_ERROR = 2  # the exit status that argparse uses, too
KEPT = 75  # EX_TEMPFAIL of sysexits.h: the messages are in the spool, but not sent yet
INTERRUPTED = 130  # 128 + SIGINT, as shells have it
OUTPUT_CLOSED = 141  # 128 + SIGPIPE, likewise


class CommandFailed(Exception):
    """A command cannot do what it was asked for; the text is one sentence that says what to do."""

    def __init__(self, sentence: str, status: int = FAILED):
        super().__init__(sentence)
        self.status = status


class OutputClosed(Exception):
    """Nobody reads standard output any more, as in `userstatus tail | head -1`."""


def status_of(command: Callable[[], int]) -> int:
    """Run a command; returns its exit status, however it ends."""
    try:
        status = command()
        if sys.stdout is not None:
            sys.stdout.flush()
    except CommandFailed as failed:
        tell(str(failed))
        return failed.status
    except KeyboardInterrupt:
        return INTERRUPTED
    except (OutputClosed, BrokenPipeError):
        _discard_output()
        return OUTPUT_CLOSED
    return status


def tell(sentence: str) -> None:
    """Write one line to standard error, if there is one; what is in it cannot control a terminal."""
    line = escaped(sentence).replace("\n", " ")
    with suppress(OSError, ValueError, AttributeError):
        sys.stderr.write(f"userstatus: {line}\n")
        sys.stderr.flush()


def _discard_output() -> None:
    """Let what is still buffered go nowhere, or Python would complain about the closed pipe as it exits."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

"""Why messages wait: noted in a file beside the spool, for `userstatus spool status`."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple


class Trouble(NamedTuple):
    """The last attempt at sending failed: at which server, why, and when (unix seconds)."""

    url: str
    reason: str
    at: float


def note(spool: Path | None, trouble: Trouble) -> None:
    """Note the trouble with the messages of a spool; one in memory has no place for it."""
    if spool is not None:
        with suppress(OSError):  # such as that of a full disk, which is told where messages are kept
            new = _file(spool).with_suffix(f".{os.getpid()}")
            new.write_text(json.dumps(trouble._asdict()), encoding="ascii")
            new.replace(_file(spool))


def over(spool: Path | None) -> None:
    """Forget what was noted: messages were sent."""
    if spool is not None:
        with suppress(OSError):
            _file(spool).unlink()


def noted(spool: Path) -> Trouble | None:
    """What is noted, None if the last attempt did not fail, or there was none."""
    try:
        content = json.loads(_file(spool).read_text(encoding="ascii"))
        return Trouble(str(content["url"]), str(content["reason"]), float(content["at"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _file(spool: Path) -> Path:
    return spool.with_name(f"{spool.name}.trouble")

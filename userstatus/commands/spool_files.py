"""The spools in a folder, and what waits in each."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from userstatus.client.destination import Destination
from userstatus.client.file_lock import FileLock, Holder
from userstatus.client.holder_watch import told
from userstatus.client.poster import MAX_SPOOL_BYTES
from userstatus.client.spool import Spool
from userstatus.client.trouble import Trouble, noted
from userstatus.commands.formats import counted, iso
from userstatus.commands.outcome import USAGE_ERROR, CommandFailed, tell
from userstatus.commands.terminal_text import INDENT, escaped, shown

SHOWN_REFUSED = 20  # of each spool, the newest ones
SHOWN_CHARS = 200  # of their texts


class Waits(NamedTuple):
    """How many messages wait, when the first was logged, why and for whom they wait, and what was refused."""

    number: int
    oldest: float | None
    trouble: Trouble | None
    holder: Holder | None
    refused: list[tuple[float, str, str]]


class SpoolFile:
    """A spool on disk, as a telescope's programs leave it. Raises CommandFailed if it cannot be read."""

    def __init__(self, path: Path):
        self.path = path
        self.site, _, self.server = path.name[: -len(".spool")].partition("@")
        self._spool = Spool(path, MAX_SPOOL_BYTES, tell)

    def waits(self) -> Waits:
        try:
            return Waits(
                self._spool.count(),
                self._spool.oldest(),
                noted(self.path),
                FileLock(self.path.with_name(f"{self.path.name}.lock")).holder(),
                self._spool.refused(),
            )
        except (sqlite3.Error, OSError) as error:
            raise CommandFailed(f"cannot read {self.path}: {error}") from None

    def clear(self) -> int:
        """Delete all that waits or was refused; returns how many messages."""
        try:
            return self._spool.clear()
        except (sqlite3.Error, OSError) as error:
            raise CommandFailed(f"cannot clear {self.path}: {error}") from None

    def url(self, given: str | None) -> str | None:
        """Its server's URL: the one given, if the file is for that, or that of the last attempt."""
        trouble = noted(self.path)
        return next(filter(self.is_for, filter(None, (given, trouble and trouble.url))), None)

    def is_for(self, url: str) -> bool:
        """Whether its messages are for the server of a URL. Raises CommandFailed if that is none."""
        try:
            return Destination.of(url, self.site).file_name == self.path.name
        except ValueError as error:
            raise CommandFailed(str(error), USAGE_ERROR) from None


def spool_files(folder: Path) -> list[SpoolFile]:
    """All spools in a folder, in the order of their names. Raises CommandFailed."""
    try:
        return [SpoolFile(path) for path in sorted(folder.glob("*@*.spool")) if path.is_file()]
    except OSError as error:
        raise CommandFailed(f"cannot read {folder}: {error}") from None


def report(file: SpoolFile) -> Iterator[str]:
    """What waits in a spool, as lines for people; none if nothing does."""
    count, oldest, trouble, holder, refused = file.waits()
    name = escaped(f"{file.site} at {file.url(None) or file.server}")
    if count:
        since = "" if oldest is None else f" since {iso(oldest)}"
        yield f"{name}: {counted(count)} waiting{since}\n"
        if trouble is not None:
            yield f"{INDENT}not sent at {iso(trouble.at)}: {escaped(trouble.reason)}\n"
        if holder is not None:
            yield f"{INDENT}{told(holder)}\n"
    if refused:
        yield f"{name}: {counted(len(refused))} refused by the server\n"
    for at, error, body in refused[-SHOWN_REFUSED:]:
        yield f"{INDENT}{iso(at)} {escaped(error)}: {_text(body)}\n"


def _text(body: str) -> str:
    """The beginning of a message's text, on one line."""
    try:
        text = str(json.loads(body)["log_message"])
    except (ValueError, KeyError, TypeError):
        text = body
    line = " ".join(shown(text).split())
    return line if len(line) <= SHOWN_CHARS else f"{line[: SHOWN_CHARS - 1]}…"

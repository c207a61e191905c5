"""A disk that forgets: what has been flushed stays, and of all else, anything may be left."""

from __future__ import annotations

import random
from pathlib import Path
from typing import NamedTuple

from tests.support.power.recording import CREATE, FLUSH_BEGINS, FLUSHED, TRUNCATE, UNLINK, WRITE, Event


class Loss(NamedTuple):
    """What becomes of the writes that have not been flushed.

    Each one, or each block of `block` bytes of it, is left with the probability `kept`. What is missing in a
    file is zeros. If `dirty`, it is what was on the disk before, and so is what is missing at the file's end:
    its size has been written.
    """

    kept: float
    block: int | None = None
    dirty: bool = False


NOTHING, EVERYTHING = Loss(0), Loss(1)
LOSSES = (NOTHING, EVERYTHING, Loss(0.5), Loss(0.5, 512), Loss(0.5, 512, True), Loss(0.9, 4096, True))


class File:
    """A file's content as it was flushed, and what has been done to it since."""

    def __init__(self, content: bytes = b""):
        self.flushed = bytearray(content)
        self.pending: list[tuple[int, Event]] = []

    def flush(self, before: int) -> None:
        """What was done before the event of this number is on the disk from now on."""
        done = [event for number, event in self.pending if number < before]
        del self.pending[: len(done)]
        for event in done:
            apply(self.flushed, event)

    def left(self, loss: Loss, chance: random.Random) -> bytearray:
        """What a power cut may leave of the file."""
        content = bytearray(self.flushed)
        for _, event in self.pending:
            for part in parts(event, loss.block):
                if chance.random() < loss.kept:
                    apply(content, part, chance if loss.dirty else None)
                elif loss.dirty and part.what == WRITE:
                    fill(content, part.offset + len(part.data), chance)
        return content


class Disk:
    """Files of a folder, to which events happen one after another."""

    def __init__(self, contents: dict[str, bytes]):
        self.files: dict[str, File] = {name: File(content) for name, content in contents.items()}
        self.flushed_files: dict[str, File | None] = dict(self.files)
        self.pending: list[tuple[int, str, File | None]] = []  # files that came and went since
        self._flushes: dict[int, int] = {}  # when a flush began that is under way, by its number
        self._number = 0

    def happen(self, event: Event) -> None:
        """Let an event happen. Raises KeyError if it is about a file that does not exist."""
        self._number += 1
        if event.what in (CREATE, UNLINK):
            file = File() if event.what == CREATE else None
            self.pending.append((self._number, event.name, file))
            if file is None:
                del self.files[event.name]
            else:
                self.files[event.name] = file
        elif event.what == FLUSH_BEGINS:
            self._flushes[event.offset] = self._number
        elif event.what == FLUSHED:
            self._flush(event.name, self._flushes.pop(event.offset))
        else:
            self.files[event.name].pending.append((self._number, event))

    def _flush(self, name: str, before: int) -> None:
        if name:
            self.files[name].flush(before)
            return
        for _, changed, file in (change for change in self.pending if change[0] < before):
            self.flushed_files[changed] = file
        self.pending = [change for change in self.pending if change[0] >= before]

    def left(self, loss: Loss, chance: random.Random) -> dict[str, bytearray]:
        """What a power cut at this moment may leave: the content of each file that is there."""
        changes = {name: file for _, name, file in self.pending if chance.random() < loss.kept}
        there = self.flushed_files | changes
        return {name: file.left(loss, chance) for name, file in there.items() if file is not None}


def parts(event: Event, block: int | None) -> list[Event]:
    """An event as the parts that a power cut may separate."""
    if event.what != WRITE or block is None:
        return [event]
    end = event.offset + len(event.data)
    starts = [event.offset, *range((event.offset // block + 1) * block, end, block)]
    return [
        event._replace(offset=start, data=event.data[start - event.offset : stop - event.offset])
        for start, stop in zip(starts, [*starts[1:], end], strict=True)
    ]


def apply(content: bytearray, event: Event, dirt: random.Random | None = None) -> None:
    """Do to a content what was done to the file."""
    fill(content, event.offset, dirt)
    if event.what == TRUNCATE:
        del content[event.offset :]
    else:
        content[event.offset : event.offset + len(event.data)] = event.data


def fill(content: bytearray, size: int, dirt: random.Random | None) -> None:
    """Make a content at least so large, by zeros or by `dirt`."""
    missing = max(0, size - len(content))
    content += dirt.randbytes(missing) if dirt else bytes(missing)


def write(contents: dict[str, bytearray], folder: Path) -> None:
    """Write files into a new folder."""
    folder.mkdir()
    for name, content in contents.items():
        (folder / name).write_bytes(content)

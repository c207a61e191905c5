"""Records what a process does to the files of a folder, and reads the records."""

from __future__ import annotations

import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

SOURCE = Path(__file__).with_name("recorder.c")
HEAD = struct.Struct("=qqIIc7x")  # `struct record` of recorder.c

CREATE, WRITE, TRUNCATE, UNLINK, FLUSH_BEGINS, FLUSHED = "C", "W", "T", "U", "f", "F"


class Event(NamedTuple):
    """What a process did to a file; `began` is in seconds of `time.monotonic()`.

    `offset` is a truncation's size and a flush's number. The folder itself has an empty name.
    """

    what: str
    name: str
    began: float
    offset: int
    data: bytes


class Recorder:
    """A library that records what the processes into which it is preloaded do to the files of a folder."""

    def __init__(self, folder: Path, own: Path):
        self.folder = folder.resolve()
        self.file = own / "records"
        self.library = own / "recorder.so"
        flags = ("-shared", "-fPIC", "-O2", "-pthread")
        subprocess.run(["cc", *flags, "-o", self.library, SOURCE, "-ldl"], check=True)

    @property
    def environ(self) -> dict[str, str]:
        """The environment of a process that is to be recorded."""
        return {
            "LD_PRELOAD": str(self.library),
            "RECORDER_FOLDER": str(self.folder),
            "RECORDER_FILE": str(self.file),
        }

    def events(self) -> list[Event]:
        """What has been recorded so far, in order."""
        return list(read(self.file.read_bytes())) if self.file.exists() else []


def read(records: bytes) -> Iterator[Event]:
    """Read the records of recorder.c."""
    at = 0
    while at < len(records):
        began, offset, name_length, data_length, what = HEAD.unpack_from(records, at)
        name_at = at + HEAD.size
        data_at = name_at + name_length
        at = data_at + data_length
        name = records[name_at:data_at].decode()
        yield Event(what.decode(), name, began / 1e9, offset, records[data_at:at])

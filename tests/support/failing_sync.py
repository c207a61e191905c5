"""Append a message, then one whose fsync fails in the kernel, and exit as in a power failure."""

from __future__ import annotations

import ctypes
import os
import struct
import sys

from tests.support.databases import at, open_journal
from userstatus.errors import Unavailable
from userstatus.message import NewMessage

FSYNC, FDATASYNC = 74, 75  # system calls of x86-64
ALLOW, EIO = 0x7FFF0000, 0x00050005  # what seccomp(2) does with a system call
NO_NEW_PRIVILEGES, SECCOMP, FILTER = 38, 22, 2  # of prctl(2)


class Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def fail_to_sync() -> None:
    """Make every fsync of this process fail with an I/O error from now on."""
    steps = [(0x20, 0, 0, 0), (0x15, 2, 0, FSYNC), (0x15, 1, 0, FDATASYNC), (6, 0, 0, ALLOW), (6, 0, 0, EIO)]
    code = b"".join(struct.pack("HBBI", *step) for step in steps)
    memory = ctypes.create_string_buffer(code, len(code))
    program = Program(len(steps), ctypes.addressof(memory))
    prctl = ctypes.CDLL(None).prctl
    assert prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0) == 0
    assert prctl(SECCOMP, FILTER, ctypes.byref(program), 0, 0) == 0


database = at(sys.argv[1])
database.prepare()
journal = open_journal(database, 3600)
journal.append([NewMessage("tst", "one", "info", 0, None)])
fail_to_sync()
try:
    journal.append([NewMessage("tst", "two", "info", 0, None)])
except Unavailable as error:
    sys.stdout.write(error.error)
    sys.stdout.flush()
os._exit(0)

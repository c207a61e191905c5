"""Reads what strace says about a process: when data was written, flushed, and sent."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

CALLS = "pwrite64,fdatasync,fsync,write,writev,sendto,sendmsg"
LINE = re.compile(r"(\d+) +(?:<\.\.\. (\w+) resumed>|(\w+)\()(.*)", re.DOTALL)
UNFINISHED = " <unfinished ...>"
FILE = re.compile(r"\d+<([^>]*)>")
TEXT = re.compile(r'"(?:[^"\\]|\\.)*"')


class Call(NamedTuple):
    """The beginning of a system call or, if `result` is not None, its end; both with all of its data."""

    name: str
    file: str
    data: bytes
    result: str | None


def command(calls: Path, *traced: str) -> Sequence[str]:
    """The command that runs a program and writes what it calls to the file `calls`."""
    options = ["-f", "-y", "--seccomp-bpf", "-s", "100000", "-e", f"trace={CALLS}", "-e", "signal=none"]
    return ["strace", *options, "-o", str(calls), *traced]


def read(calls: Path) -> Iterator[Call]:
    """The calls in strace's file, in the order in which they began and ended."""
    with calls.open() as lines:
        yield from parsed(lines)


def parsed(lines: Iterable[str]) -> Iterator[Call]:
    begun: dict[str, Call] = {}  # by thread
    for line in lines:
        found = LINE.fullmatch(line.rstrip("\n"))
        if found is None:
            continue  # a thread's end
        thread, resumed, name, rest = found.groups()
        if resumed is None:
            file = FILE.match(rest)
            data = b"".join(ast.literal_eval(f"b{text}") for text in TEXT.findall(rest))
            begun[thread] = Call(name, file[1] if file else "", data, None)
            yield begun[thread]
        if not rest.endswith(UNFINISHED):
            yield begun.pop(thread)._replace(result=rest.rpartition("= ")[2])

"""What a process takes, as Linux tells it: memory and processor time."""

from __future__ import annotations

import re
from pathlib import Path


def resident(pid: int) -> float:
    """The resident memory of a process now, in MiB."""
    return _kilobytes(pid, "smaps_rollup", "Rss") / 1024


def most_resident(pid: int) -> float:
    """The most resident memory that a process has had, in MiB."""
    return _kilobytes(pid, "status", "VmHWM") / 1024


def cpu_seconds(pid: int) -> float:
    """The processor time of all threads of a process so far; those that have ended are left out."""
    tasks = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9


def _kilobytes(pid: int, file: str, name: str) -> int:
    found = re.search(rf"^{name}:\s+(\d+) kB$", Path(f"/proc/{pid}/{file}").read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1])

"""What a measurement was made on: the machine, the versions, the commit, and what else was running."""

from __future__ import annotations

import json
import os
import platform
import re
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

from bench.compare import PEERS

PROJECT = PEERS.parents[1]
FLUSHES = 200
BLOCK = b"\0" * 4096


def circumstances(names: tuple[str, ...]) -> dict[str, str]:
    """What has to be known of a comparison of these servers. Exits if files are not kept on a disk."""
    kind = filesystem(Path(tempfile.gettempdir()))
    with tempfile.TemporaryFile() as file:
        flush = flush_ms(file.fileno())
    found = {
        "date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        "commit": commit(),
        "processor": processor(),
        "memory": f"{os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / 1024**3:.0f} GiB",
        "kernel": f"{platform.system()} {platform.release()}",
        "disk": f"{kind}, 4 KiB are written and flushed in {flush:.2f} ms (median)",
        "load before": f"{os.getloadavg()[0]:.1f}",
        "python": f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}",
        "plain": versions("flask-socketio", "python-socketio", "eventlet"),
    }
    if "node" in names:
        found["node"] = node()
    return found


def processor() -> str:
    model = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return f"{model[1] if model else platform.machine()}, {os.cpu_count()} cores"


def commit() -> str:
    """The commit that is checked out, and whether files differ from it."""

    def git(*command: str) -> str:
        return subprocess.run(
            ["git", *command], cwd=PROJECT, capture_output=True, text=True, check=True
        ).stdout.strip()

    changes = git("status", "--porcelain", "--untracked-files=no")
    return git("rev-parse", "--short=12", "HEAD") + (" with changes" if changes else "")


def filesystem(folder: Path) -> str:
    """The file system that a folder is in; exits if that is in memory, where flushing costs nothing."""
    mounts = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
    _, _, kind = max(
        (len(mount[1]), mount[0], mount[2]) for mount in mounts if folder.resolve().is_relative_to(mount[1])
    )
    if kind in {"tmpfs", "ramfs"}:
        sys.exit(f"{folder} is in memory: set TMPDIR to a folder on a disk")
    return kind


def flush_ms(file: int) -> float:
    """The median time to write a block at the end of a file and flush it to the disk."""
    took = []
    for _ in range(FLUSHES):
        began = time.perf_counter()
        os.write(file, BLOCK)
        os.fdatasync(file)
        took.append(time.perf_counter() - began)
    return 1000 * statistics.median(took)


def versions(*names: str) -> str:
    return ", ".join(f"{name} {version(name)}" for name in names)


def node() -> str:
    """Node's version, and those of the packages that its peer names."""
    of_node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    lock = json.loads((PEERS / "package-lock.json").read_text())["packages"]
    packages = sorted(lock[""]["dependencies"])
    return ", ".join(
        [f"Node {of_node}", *(f"{name} {lock[f'node_modules/{name}']['version']}" for name in packages)]
    )

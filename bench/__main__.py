"""Run the benchmarks named on the command line, or all of them, and print one table."""

from __future__ import annotations

import importlib
import sys
import tempfile
from pathlib import Path

ALL = (
    "compare",
    "post",
    "processes",
    "rules",
    "viewers",
    "memory",
    "sites",
    "rates",
    "stored",
    "recent",
    "purge",
    "page",
    "telescope",
    "rehearsal",
)


def main() -> None:
    for name in sys.argv[1:] or ALL:
        with tempfile.TemporaryDirectory(prefix=f"bench-{name}-") as folder:
            for figure, value, unit in importlib.import_module(f"bench.{name}").rows(Path(folder)):
                sys.stdout.write(f"{figure:64}{value:12,.1f} {unit}\n")
                sys.stdout.flush()


if __name__ == "__main__":
    main()

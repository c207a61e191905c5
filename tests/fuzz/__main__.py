"""`python -m tests.fuzz [COUNT [SEED]]`: prints the findings; the exit status is 1 if there are any."""

from __future__ import annotations

import secrets
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.fuzz.run import fuzz

DEFAULT = 100_000  # requests, frames and packets


def main(count: str = str(DEFAULT), seed: str = "") -> int:
    seed = seed or secrets.token_hex(4)
    sys.stdout.write(f"fuzzing with seed {seed}\n")
    with TemporaryDirectory() as folder:
        report = fuzz(int(count), seed, Path(folder))
    sys.stdout.write(f"{report}\n")
    return 1 if report.findings else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

"""`python -m tests.fuzz [COUNT [SEED]]`: prints the findings; the exit status is 1 if there are any."""

from __future__ import annotations

import secrets
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.fuzz.run import fuzz

DEFAULT = 1_000_000  # requests, frames and packets, open and once more with keys


def main(count: str = str(DEFAULT), seed: str = "") -> int:
    """Fuzz an open service with this many requests, and then one that asks for keys with as many."""
    seed, findings = seed or secrets.token_hex(4), 0
    sys.stdout.write(f"fuzzing with seed {seed}\n")
    for keys in (False, True):
        with TemporaryDirectory() as folder:
            report = fuzz(int(count), seed, Path(folder), keys)
        sys.stdout.write(f"{report}\n\n")
        sys.stdout.flush()
        findings += len(report.findings)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

"""The telescope's side under the oldest Python that it is made for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.service import PROJECT

PYTHON = Path(sys.prefix) / "python3.9" / "bin" / "python"
# Without this project's settings and plugins, which are for a newer pytest.
OPTIONS = (
    "-q",
    "-c",
    "/dev/null",
    "--rootdir",
    PROJECT,
    "--noconftest",
    "-p",
    "no:cacheprovider",
    "-W",
    "error",
)


def test_the_units_of_the_handler_do_the_same_with_the_oldest_python(tmp_path: Path) -> None:
    if not PYTHON.exists():
        pytest.skip("there is no Python 3.9 with pytest, see tests/install")
    ended = subprocess.run(
        [PYTHON, "-m", "pytest", *OPTIONS, "--basetemp", tmp_path / "tests", PROJECT / "tests/unit/client"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(PROJECT), "PYTHONDONTWRITEBYTECODE": "x", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr

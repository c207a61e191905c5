"""The handler and `send()` where nothing but this package is installed, under this Python and the oldest."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.support.service import PROJECT, Service
from tests.support.telescopes import oldest_python, texts

PROGRAM = """
import logging, os, sys
import userstatus
from userstatus import UserStatusHandler

assert userstatus.__file__.startswith(os.environ["PYTHONPATH"])
log = logging.getLogger("dome")
log.addHandler(UserStatusHandler())
log.warning("Rain, closing the dome")
userstatus.send("Closed", "info")
with userstatus.connect(os.environ["USERSTATUS_URL"], os.environ["USERSTATUS_SITE"]) as poster:
    poster.send("Good night", "WARN")
others = {name.partition(".")[0] for name, module in sys.modules.items() if getattr(module, "__file__", None)}
assert "flask" not in others and "requests" not in others
"""


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what is in the wheel, and nothing else."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(build, cwd=PROJECT, capture_output=True, check=True, timeout=120)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "package")
    return folder / "package"


@pytest.mark.parametrize("oldest", [False, True], ids=["this Python", "Python 3.9"])
def test_everything_a_telescope_needs_works_without_any_dependency(
    service: Service, package: Path, tmp_path: Path, oldest: bool
) -> None:
    site = f"python{oldest}"
    ended = subprocess.run(
        # -S: without what is installed; -W error: what will stop to work is an error now
        [oldest_python() if oldest else sys.executable, "-S", "-W", "error", "-c", PROGRAM],
        cwd=tmp_path,
        env={
            "PYTHONPATH": str(package),
            "HOME": str(tmp_path),
            "USERSTATUS_URL": service.url,
            "USERSTATUS_SITE": site,
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert sorted(texts(service, site.lower())) == ["Closed", "Good night", "Rain, closing the dome"]

"""Commands whose arguments are wrong."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from userstatus.__main__ import main


@pytest.fixture
def usage_error(capsys: pytest.CaptureFixture[str]) -> Callable[[str], str]:
    """Runs a command line that must end with the status of a usage error; returns what it says."""

    def run(line: str) -> str:
        with pytest.raises(SystemExit, match="2"):
            main(line.split())
        return capsys.readouterr().err

    return run

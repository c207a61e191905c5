"""`userstatus serve`: its help."""

from __future__ import annotations

import pytest

from userstatus.__main__ import main


def test_its_help_explains_the_settings(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["serve", "--help"])
    text = capsys.readouterr().out
    assert "Start the server." in text
    assert "\n  PORT " in text

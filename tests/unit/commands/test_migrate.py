"""`userstatus migrate`: its help."""

from __future__ import annotations

import pytest

from userstatus.__main__ import main


def test_the_help_of_migrate_names_the_settings_it_reads(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["migrate", "--help"])
    text = capsys.readouterr().out
    assert "DATABASE_URL" in text
    assert "STAGES" in text
    assert "PORT" not in text

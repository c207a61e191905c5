"""`userstatus recent`: its arguments. What it does is in tests/integration."""

from __future__ import annotations

import pytest

from userstatus.__main__ import main


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "SITE"),
        (["tst", "--format", "xml"], "invalid choice: 'xml'"),
        (["tst", "--since", "1y"], "not a duration like 90s"),
    ],
)
def test_arguments_that_make_no_sense_are_told(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["recent", *arguments])
    assert told in capsys.readouterr().err


def test_without_a_server_it_says_how_to_name_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("USERSTATUS_URL", raising=False)
    assert main(["recent", "tst"]) == 2
    assert "the server's URL is missing: " in capsys.readouterr().err

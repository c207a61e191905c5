"""`userstatus tail`: its arguments. What it does is in tests/integration."""

from __future__ import annotations

import pytest

from userstatus.__main__ import main


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["a b"], "'a b' is no site"),
        (["--since", "2"], "not a duration like 90s"),
        (["--level", "loud"], "is no level"),
        (["--utc", "--local"], "not allowed with"),
    ],
)
def test_arguments_that_make_no_sense_are_told(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["tail", *arguments])
    assert told in capsys.readouterr().err


def test_without_a_server_it_says_how_to_name_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("USERSTATUS_URL", raising=False)
    assert main(["tail"]) == 2
    assert "the server's URL is missing: " in capsys.readouterr().err

"""`userstatus mute`: its arguments."""

from __future__ import annotations

import pytest

from userstatus.__main__ import main


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["tst", "--for", "2h"], "the following arguments are required: --why"),
        (["tst", "--why", "x"], "the following arguments are required: --for"),
        (["*", "--for", "2h", "--why", "x"], "'*' is no site"),
        (["tst", "--for", "2h", "--why", "x", "--level", "loud"], "'loud' is no level"),
    ],
)
def test_what_it_needs_is_told(arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["mute", *arguments])
    assert told in capsys.readouterr().err

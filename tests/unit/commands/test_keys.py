"""`userstatus keys`: its arguments. What it does is in `access.commands`."""

from __future__ import annotations

import pytest

from userstatus.__main__ import main


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "required: ACTION"),
        (["add", "dome"], "required: --site"),
        (["revoke"], "required: NAME"),
    ],
)
def test_what_is_missing_is_named(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["keys", *arguments])
    assert told in capsys.readouterr().err

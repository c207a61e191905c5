"""`userstatus unmute`: its argument."""

from __future__ import annotations

import pytest

from userstatus.__main__ import main


def test_it_needs_one_site(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["unmute", "tst,mrc1"])
    assert "'tst,mrc1' is no site" in capsys.readouterr().err

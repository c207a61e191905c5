"""`userstatus alerts test`: what it says of each channel, and with which exit status."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.oncall import calling, configured, phone
from userstatus.__main__ import main


def test_each_channel_is_called_once_and_the_exit_status_says_if_one_failed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with phone() as good, phone() as bad:
        bad.status = 403
        file = configured(tmp_path, calling(good.url, good.ntfy), calling(good.url, bad.url))["CONFIG"]
        assert main(["alerts", "test", "--config", file]) == 1
        assert capsys.readouterr().out.splitlines() == [
            "alerts[1].to[1] (JSON): ok",
            "alerts[1].to[2] (ntfy): ok",
            "alerts[2].to[2] (JSON): failed: HTTP 403",
        ]
        assert len(good.calls) == 2
        assert "This is a test" in good.calls[0]


def test_without_alerts_there_is_nothing_to_test(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["alerts", "test", "--config", configured(tmp_path)["CONFIG"]]) == 1
    assert "there are no [[alerts]]" in capsys.readouterr().err

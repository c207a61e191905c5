"""The event loop's lag is measured once for every look."""

from __future__ import annotations

import pytest

from userstatus.instruments import loop_lag
from userstatus.instruments.loop_lag import LoopLag


def test_every_look_is_counted_and_never_early(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop_lag, "INTERVAL_S", 0.0)
    lag = LoopLag()
    lag.look()
    lag.look()
    assert sum(lag.counts) == 2
    assert lag.sum >= 0

"""What a service goes by: the configuration that it was given last."""

from __future__ import annotations

import tomllib

from userstatus.duty.config import NOTHING, parse_config
from userstatus.duty.duty import Duty


def test_a_configuration_counts_from_when_it_is_given() -> None:
    duty = Duty(NOTHING)
    assert duty.level_rules.first("tst", "x") is None
    content = tomllib.loads("[sites.tst]\nname = 'Test'\n[[levels]]\nmatch = 'x'\nlevel = 'error'")
    duty.configure(parse_config(content, "userstatus.toml", {}))
    first = duty.level_rules.first("tst", "x")
    assert first is not None
    assert (duty.config.site("tst").name, first.level) == ("Test", "error")

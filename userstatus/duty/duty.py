"""Duty: what a service does by its configuration, which may change while it runs."""

from __future__ import annotations

from collections.abc import Callable

from userstatus.duty.config import Config
from userstatus.duty.level_rules import LevelRules


class Duty:
    """The configuration of a service, and the parts that go by it."""

    def __init__(self, config: Config):
        self.listeners: list[Callable[[Config], None]] = []  # are told of a new configuration
        self.configure(config)

    def configure(self, config: Config, rules: LevelRules | None = None) -> None:
        """Go by a configuration from now on. `rules` are its level rules, if they are there already."""
        self.config = config
        self.level_rules = rules or LevelRules(config.levels)
        for listener in self.listeners:
            listener(config)

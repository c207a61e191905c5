"""Level rules: what a text means, where its producer does not say. They apply once, as a message comes in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from userstatus import eventloop
from userstatus.duty.config import LevelRule
from userstatus.message import EVERY_SITE, NewMessage

# Matching all expressions at once takes 0.1 µs a character at best, 5 µs at worst; one by one, it is at least
# 0.5 µs a character for 100 of them, but others can run in between.
MAX_AT_ONCE_CHARS = 500
SET_BYTES = 16 * 1024 * 1024  # for what matching all at once remembers


class LevelRules:
    """The level rules of a configuration. Of the rules for a site that match a text, the first one counts."""

    def __init__(self, rules: Sequence[LevelRule]):
        self._rules = rules
        self._elsewhere = _rules_for(EVERY_SITE, rules)  # the indices of the rules for a site without its own
        named = {site for rule in rules for site in rule.sites}
        self._of_site = {site: _rules_for(site, rules) for site in named}
        self._set = _all_at_once(rules)

    def apply(self, messages: list[NewMessage]) -> list[NewMessage]:
        """The messages with the levels that the rules give them, and then with the level that they had.

        Others run in between, if that takes long.
        """
        if not self._rules:
            return messages
        maybe_yield = eventloop.TimeSlice().maybe_yield
        return [self._applied(message, maybe_yield) for message in messages]

    def _applied(self, message: NewMessage, maybe_yield: Callable[[], None]) -> NewMessage:
        maybe_yield()
        rule = None if message.notice else self.first(message.site, message.message, maybe_yield)
        if rule is None or rule.level == message.log_level:
            return message
        return message._replace(log_level=rule.level, original_level=message.log_level)

    def first(self, site: str, text: str, maybe_yield: Callable[[], None] = lambda: None) -> LevelRule | None:
        """The first rule for a site that matches a text; `maybe_yield` is called while a long one is read."""
        candidates = self._of_site.get(site, self._elsewhere)
        if not candidates:
            return None
        if self._set is not None and len(text) <= MAX_AT_ONCE_CHARS:
            matching = candidates.intersection(self._set.Match(text) or ())
            return self._rules[min(matching)] if matching else None
        for index in sorted(candidates):
            if self._rules[index].pattern.search(text):
                return self._rules[index]
            maybe_yield()
        return None


def _rules_for(site: str, rules: Sequence[LevelRule]) -> frozenset[int]:
    """The indices of the rules that are for a site."""
    return frozenset(index for index, rule in enumerate(rules) if rule.sites & {site, EVERY_SITE})


def _all_at_once(rules: Sequence[LevelRule]) -> Any:
    """What matches all expressions at once; None if there are none, or if that needs too much memory."""
    if not rules:
        return None
    import re2  # only who has rules needs it

    options = re2.Options()
    options.log_errors = False
    options.max_mem = SET_BYTES
    expressions = re2.Set.SearchSet(options)
    try:
        for rule in rules:
            expressions.Add(rule.pattern.pattern)
        expressions.Compile()
    except re2.error:
        return None
    return expressions

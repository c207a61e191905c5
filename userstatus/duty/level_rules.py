"""Level rules: what a text means, where its producer does not say. They apply once, as a message comes in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from userstatus import eventloop
from userstatus.duty.config import LevelRule
from userstatus.message import EVERY_SITE, NewMessage

# The expressions' instructions times the characters of a text; what is more is done in a thread. Each takes
# less than 1 ns with expressions as people write them, and up to 25 ns with the worst.
MAX_INLINE_WORK = 1_000_000
# What is more is matched one by one: RE2 lets no other thread run while it puts expressions together, which
# takes about 2 µs for an instruction.
MAX_SET_INSTRUCTIONS = 20_000
SET_BYTES = 16 * 1024 * 1024  # for what matching all expressions at once remembers


class LevelRules:
    """The level rules of a configuration. Of the rules for a site that match a text, the first one counts."""

    def __init__(self, rules: Sequence[LevelRule]):
        self._rules = rules
        self._elsewhere = _rules_for(EVERY_SITE, rules)  # the indices of the rules for a site without its own
        named = {site for rule in rules for site in rule.sites}
        self._of_site = {site: _rules_for(site, rules) for site in named}
        instructions = sum(rule.pattern.programsize for rule in rules)
        self._set = _all_at_once(rules) if instructions <= MAX_SET_INSTRUCTIONS else None
        self._max_inline_chars = MAX_INLINE_WORK // max(instructions, 1)
        self._turn = eventloop.Lock()  # long texts take one thread, as others need threads, too

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
        rule = None if message.notice else self._first(message.site, message.message)
        if rule is None or rule.level == message.log_level:
            return message
        return message._replace(log_level=rule.level, original_level=message.log_level)

    def _first(self, site: str, text: str) -> LevelRule | None:
        if len(text) <= self._max_inline_chars:
            return self.first(site, text)
        with self._turn:  # RE2 lets other threads run, the event loop's among them
            found: LevelRule | None = eventloop.in_thread(self.first, site, text)
        return found

    def first(self, site: str, text: str) -> LevelRule | None:
        """The first rule for a site that matches a text. This may take a second, if both are of the worst."""
        candidates = self._of_site.get(site, self._elsewhere)
        if not candidates:
            return None
        if self._set is None:
            matching = (index for index in sorted(candidates) if self._rules[index].pattern.search(text))
            first = next(matching, None)
        else:
            first = min(candidates.intersection(self._set.Match(text) or ()), default=None)
        return None if first is None else self._rules[first]


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

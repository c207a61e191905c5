"""Notices: what the service itself says in a site's log. Standard library only.

A notice is a message like any other, so every viewer has it, in order. Beside its text, it says in fields
what it is about. Producers cannot send any: only the service names its messages with `UUID_PREFIX`.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

SILENCE = "silence"  # nothing was heard of the site when something should have been
RECOVERY = "recovery"  # the site speaks again after a silence
DOWN = "down"  # the service itself was down, and may have missed messages
MUTE = "mute"  # nobody is called about the site for a while
UNMUTE = "unmute"
CHANNEL = "channel"  # alerts cannot be sent, or can again
CONFIGURATION = "configuration"  # what was to be the new one is wrong
KINDS = (SILENCE, RECOVERY, DOWN, MUTE, UNMUTE, CHANNEL, CONFIGURATION)
UUID_PREFIX = "userstatus:"
OWN_SITE = "userstatus"  # whose log has what is about the service itself


class Notice(NamedTuple):
    """What a notice is about. Times are in unix seconds; what does not apply is None.

    `since` and `until` are the period: of a silence, since when nothing was heard and until when something
    should have been; of a mute, until when it lasts. `level` is the worst level that is muted, `why` the
    reason for a mute or its end, or the place in the configuration of the channel that it is about.
    """

    kind: str
    since: float | None = None
    until: float | None = None
    level: str | None = None
    why: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The notice as an object, such as `{"kind": "mute", "until": 1764025200, "level": "error"}`."""
        return {name: value for name, value in self._asdict().items() if value is not None}

    def as_text(self) -> str:
        """The notice as it is stored: compact JSON."""
        return json.dumps(self.as_json(), ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def parse(cls, text: str) -> Notice:
        """The notice in text from `as_text`; fields of a later version are left out."""
        found = json.loads(text)
        return cls(**{name: found[name] for name in cls._fields if name in found})

"""Redaction: what looks like a key is in no response and no log, wherever a client has put it."""

from __future__ import annotations

import re

PREFIX = "us_"  # by which a key is recognized: others may send credentials that are meant for somebody else
LENGTH = 32  # random characters after it, which are 190 bits: no guessing, and no need of a slow hash
MIN_LENGTH = LENGTH // 2  # of a part of a key; from a shorter one, nobody can guess the rest
SHOWN = f"{PREFIX}***"
LOOKS_LIKE_A_KEY = re.compile(f"{PREFIX}[A-Za-z0-9]{{{MIN_LENGTH},{LENGTH}}}")


def redacted(text: str) -> str:
    """The text with `us_***` for all that looks like a key, or like a large part of one."""
    return LOOKS_LIKE_A_KEY.sub(SHOWN, text) if PREFIX in text else text

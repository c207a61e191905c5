"""Texts of messages as a terminal may show them: without any character that could control it."""

from __future__ import annotations

import re

COLORS = re.compile("\x1b\\[[0-9;:]*m")  # how programs colour their output (ECMA-48, SGR)
# C0 and C1 controls but tab and newline, what changes the direction of writing, line separators, surrogates.
CONTROLS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufff9-\ufffb]"
)
INDENT = "    "  # of every line of a message but the first


def escaped(text: str) -> str:
    """The text with characters that control a terminal written out, such as `\\x1b` for Escape."""
    return CONTROLS.sub(lambda match: _written_out(match[0]), text)


def shown(text: str) -> str:
    """A message's text as it is shown: without colours, blank lines around it, or anything that controls.

    Lines after the first are indented, so that none of them can pass for a message of its own.
    """
    plain = COLORS.sub("", text.replace("\r\n", "\n"))
    lines = escaped(plain).strip("\n").rstrip().split("\n")
    return f"\n{INDENT}".join(lines)


def _written_out(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"

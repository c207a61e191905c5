"""The command line: `userstatus`, or `python -m userstatus`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from functools import partial

from userstatus import __version__
from userstatus.commands import (
    alerts,
    check_config,
    keys,
    migrate,
    mute,
    recent,
    rehearse,
    replay,
    send,
    serve,
    spool,
    tail,
    unmute,
)
from userstatus.commands.outcome import USAGE_ERROR, status_of

COMMANDS = (
    send,
    tail,
    recent,
    replay,
    spool,
    serve,
    migrate,
    keys,
    check_config,
    rehearse,
    alerts,
    mute,
    unmute,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns its exit status, which docs/command-line.md lists."""
    parser = _parser()
    given = parser.parse_args(arguments)
    if given.command is None:
        parser.print_help(sys.stderr)
        return USAGE_ERROR
    return status_of(partial(given.run, given))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="userstatus",
        description="Short status messages of an observatory: posted over HTTP, seen live.",
    )
    parser.add_argument("--version", action="version", version=f"userstatus {__version__}")
    commands = parser.add_subparsers(dest="command", title="commands", metavar="COMMAND")
    for command in COMMANDS:
        command.add_parser(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())

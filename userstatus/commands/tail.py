"""`userstatus tail`: the last messages, then each as it comes."""

from __future__ import annotations

import argparse
import os
import sys
import time
from typing import Any

from userstatus.commands import options
from userstatus.message import LEVELS

LAST = 10  # messages that are shown first, unless --since says more
EPILOG = f"""\
The log is in the order in which the server received the messages. When the connection is lost,
tail says so, connects again by itself, and continues without a gap and without repeating anything.

examples:
  userstatus tail mrc1 --url https://status.example.org
  userstatus tail mrc1 mrc2 --since 2h --level warning
  userstatus tail --json | jq .message

exit status: 130 after Ctrl-C, 141 when nobody reads the output any more, 1 if the server cannot be
reached at first or says no, 2 if the arguments make no sense.

{options.ENVIRONMENT}  NO_COLOR         no colours on a terminal
"""


def add_parser(commands: Any) -> None:
    parser = options.add_command(
        commands, "tail", "show the last messages, and new ones as they come", EPILOG
    )
    options.add_sites(parser, "*")
    options.add_server(parser, "read")
    parser.add_argument(
        "--since", metavar="2h", type=options.seconds, help=f"begin so long ago (the last {LAST} messages)"
    )
    parser.add_argument(
        "--level",
        metavar="LEVEL",
        type=options.level,
        default=LEVELS[0],
        help=f"show this level and worse: {', '.join(LEVELS)} ({LEVELS[0]})",
    )
    parser.add_argument("--json", action="store_true", help="write a JSON object a line")
    options.add_times(parser)
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    from userstatus.commands import formats, log_pages, output
    from userstatus.commands.following import Following
    from userstatus.commands.http_reader import RequestFailed
    from userstatus.commands.outcome import CommandFailed

    server = options.server(given)
    output.prepare()
    color = formats.wants_color(sys.stdout.isatty(), os.environ, sys.platform)
    levels, sites = log_pages.at_least(given.level), options.joined(given.sites)

    def show(message: dict[str, Any]) -> None:
        if message["log_level"] in levels:
            line = formats.line(message, given.local, color)
            output.write(f"{formats.as_json(message)}\n" if given.json else line)

    output.watch()
    try:
        if given.since is None:
            backlog = iter([log_pages.last(server, sites, levels, LAST)])
        else:
            backlog = log_pages.since(server, sites, levels, time.time() - given.since)
        cursor = ""
        for messages, cursor in backlog:  # noqa: B007
            for message in messages:
                show(message)
        for message in Following(server, sites, cursor).messages():
            show(message)
    except RequestFailed as failed:
        raise CommandFailed(str(failed)) from None
    return 0

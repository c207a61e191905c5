"""`userstatus send`: a message, or a message for each line of standard input."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from userstatus.commands import options
from userstatus.message import LEVELS

if TYPE_CHECKING:
    from userstatus.commands.delivery import Delivery

EPILOG = f"""\
Without TEXT, each line of standard input is sent as soon as it is there. Messages are on disk, in
the spool, before they are sent. If the server cannot be reached, they stay there, and whatever
posts to the same site next sends them.

examples:
  userstatus send "Dome open" --site mrc1 --url https://status.example.org
  userstatus send --level warning "Rain, closing the dome"
  userstatus send --next-within 10m "Exposing for 8 minutes"
  some-program 2>&1 | userstatus send --site mrc1 --level-from-text

exit status: 0 if the server has everything, 75 if something is kept in the spool and not sent yet,
1 if the server refused something, 2 if the arguments make no sense, 130 after Ctrl-C.

{options.ENVIRONMENT}{options.SITE_OF_ENVIRONMENT}"""


def add_parser(commands: Any) -> None:
    parser = options.add_command(commands, "send", "post a message, or what a program writes", EPILOG)
    parser.add_argument("text", nargs="*", metavar="TEXT", help="the message; several words are joined")
    options.add_site(parser)
    options.add_server(parser, "post")
    parser.add_argument(
        "--level",
        type=options.level,
        default="info",
        help=f"one of {', '.join(LEVELS)} (info)",
    )
    parser.add_argument(
        "--level-from-text",
        action="store_true",
        help="the level that a text begins with, such as WARN or [error]; --level if there is none",
    )
    parser.add_argument(
        "--next-within",
        type=options.promise,
        metavar="DURATION",
        help="promise another message within 90s, 10m or 2h: without one, the site is told to be silent",
    )
    options.add_spool(parser)
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    from userstatus.commands.delivery import Delivery, folder
    from userstatus.commands.outcome import tell
    from userstatus.commands.text_lines import decoded, lines

    delivery = Delivery(given.url, given.site, given.key, folder(given.spool))
    try:
        if given.text:
            text = " ".join(given.text).encode("utf-8", "surrogateescape")
            _send(delivery, decoded(text), given)
        elif sys.stdin is not None:
            if sys.stdin.isatty():
                tell("each line that you type is sent; Ctrl-D ends")
            for line in lines(sys.stdin.buffer):
                _send(delivery, line, given)
        return delivery.finish()
    except KeyboardInterrupt:
        delivery.finish()
        raise


def _send(delivery: Delivery, text: str, given: argparse.Namespace) -> None:
    from userstatus.commands.text_lines import level_at_start

    named = level_at_start(text) if given.level_from_text else None
    delivery.poster.send(text, named or given.level, next_within=given.next_within)

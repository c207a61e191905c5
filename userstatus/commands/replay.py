"""`userstatus replay`: a recorded night again."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from userstatus.commands import options

if TYPE_CHECKING:
    from userstatus.commands.delivery import Delivery
    from userstatus.commands.recorded import Recorded

EPILOG = f"""\
FILE is what recent or tail --json has written, or has any lines of text, which follow each other
by a second; - is standard input. Messages go to their own sites unless --site names another.

examples:
  userstatus recent mrc1 --since 12h --format json > night.json
  userstatus replay night.json --speed 60 --url http://localhost:8080/dev

exit status: 0 if the server has everything, 75 if something is kept in the spool and not sent yet,
1 if FILE cannot be read or the server refused something, 2 if the arguments make no sense,
130 after Ctrl-C.

{options.ENVIRONMENT}{options.SITE_OF_ENVIRONMENT}"""


def add_parser(commands: Any) -> None:
    parser = options.add_command(commands, "replay", "post a recorded night again", EPILOG)
    parser.add_argument("file", metavar="FILE", help="the recorded messages")
    options.add_site(parser, "that of each message, or $USERSTATUS_SITE if it has none")
    options.add_server(parser, "post")
    parser.add_argument(
        "--speed", type=options.speed, default=1.0, metavar="N", help="how many times faster than it was (1)"
    )
    parser.add_argument(
        "--keep-times", action="store_true", help="with the recorded times instead of the present one"
    )
    options.add_spool(parser)
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    from userstatus.commands.delivery import Delivery, finish_all, folder
    from userstatus.commands.progress import Progress
    from userstatus.commands.recorded import pauses, recorded

    messages = recorded(_content(given.file), given.file)
    default = options.from_environment(None, "USERSTATUS_SITE")
    deliveries: dict[str, Delivery] = {}
    for site in {_site(given, message, default) for message in messages}:
        deliveries[site] = Delivery(given.url, site, given.key, folder(given.spool))
    progress = Progress(len(messages))
    began, due = time.monotonic(), 0.0
    try:
        for number, (message, pause) in enumerate(zip(messages, pauses(messages, given.speed))):
            progress.show(number)
            due += pause
            time.sleep(max(0.0, began + due - time.monotonic()))
            _post(deliveries[_site(given, message, default)], message, given.keep_times)
        progress.show(len(messages))
        progress.end()
        return finish_all(deliveries.values())
    finally:
        progress.end()
        for delivery in deliveries.values():
            delivery.leave()


def _post(delivery: Delivery, message: Recorded, keep_times: bool) -> None:
    timestamp = message.timestamp if keep_times else None
    delivery.poster.send(message.text, message.level, timestamp=timestamp)


def _site(given: argparse.Namespace, message: Recorded, default: str | None) -> str:
    site: str | None = given.site or message.site or default
    if site is None:
        from userstatus.commands.outcome import USAGE_ERROR, CommandFailed

        raise CommandFailed(f"{given.file} does not say of which site it is: give --site", USAGE_ERROR)
    return site


def _content(file: str) -> str:
    from userstatus.commands.outcome import CommandFailed
    from userstatus.commands.text_lines import decoded

    try:
        return decoded(sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes())
    except OSError as error:
        raise CommandFailed(f"cannot read {file}: {error.strerror or error}") from None

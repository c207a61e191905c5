"""`userstatus recent`: all messages of a period, as text, CSV or JSON."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from typing import Any

from userstatus.commands import options
from userstatus.message import LEVELS

FORMATS = ("text", "csv", "json")
EPILOG = f"""\
The messages are in the order in which the server received them.

examples:
  userstatus recent mrc1 --since 12h --url https://status.example.org
  userstatus recent mrc1 mrc2 --since 7d --format csv > week.csv
  userstatus recent '*' --format json > night.json

exit status: 0 if everything was written, 1 if the server cannot be reached or says no,
2 if the arguments make no sense.

{options.ENVIRONMENT}"""


def add_parser(commands: Any) -> None:
    parser = options.add_command(commands, "recent", "write all messages of a period", EPILOG)
    options.add_sites(parser, "+")
    options.add_server(parser, "read")
    parser.add_argument(
        "--since", metavar="2h", type=options.seconds, default="24h", help="begin so long ago (24h)"
    )
    parser.add_argument("--format", choices=FORMATS, default="text", help="how to write them (text)")
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    from userstatus.commands import log_pages, output
    from userstatus.commands.http_reader import RequestFailed
    from userstatus.commands.outcome import CommandFailed

    server = options.server(given)
    output.prepare(newline="" if given.format == "csv" else None)
    pages = log_pages.since(server, options.joined(given.sites), LEVELS, time.time() - given.since)
    messages = (message for messages, _ in pages for message in messages)
    try:
        output.write_all(_file(given.format, messages))
    except RequestFailed as failed:
        raise CommandFailed(str(failed)) from None
    return 0


def _file(form: str, messages: Iterator[dict[str, Any]]) -> Iterator[str]:
    """The pieces of a file with messages."""
    from userstatus.commands import formats

    if form == "csv":
        on_terminal = sys.stdout.isatty()
        heading = formats.HEADING
        for message in messages:
            yield f"{heading}{formats.row(message, on_terminal)}"
            heading = ""
        yield heading
    elif form == "json":
        separator = "[\n"
        for message in messages:
            yield f"{separator}{formats.as_json(message)}"
            separator = ",\n"
        yield "[]\n" if separator == "[\n" else "\n]\n"
    else:
        yield from map(formats.line, messages)

"""`userstatus rehearse`: what a configuration would have made of the messages in the log."""

from __future__ import annotations

import argparse
from functools import partial
from typing import Any

from userstatus.commands import options
from userstatus.commands.installation import with_server
from userstatus.commands.server_settings import SETTINGS

DEFAULT_SINCE = "7d"
EXAMPLES = """\
examples:
  userstatus rehearse --config new.toml
  userstatus rehearse --since 24h --json
"""


def add_parser(commands: Any) -> None:
    summary = "show what a configuration would have made of the messages in the log"
    rehearse = options.add_command(commands, "rehearse", summary, f"{EXAMPLES}\n{SETTINGS}")
    rehearse.description = (
        f"{rehearse.description} The messages of prod go through its level rules, watch for silence and "
        "alerts; nothing is sent or stored."
    )
    rehearse.add_argument(
        "--since",
        type=options.seconds,
        default=DEFAULT_SINCE,
        metavar="DURATION",
        help=f"how far to go back, such as 24h ({DEFAULT_SINCE})",
    )
    options.add_config(rehearse)
    rehearse.add_argument("--json", action="store_true", help="print one JSON object")
    rehearse.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    return with_server(partial(_rehearse, given))


def _rehearse(given: argparse.Namespace) -> int:
    from userstatus import eventloop

    eventloop.patch()
    from userstatus import maintenance

    return maintenance.rehearse(given.config, given.since, given.json)

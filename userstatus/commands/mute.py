"""`userstatus mute`: nobody is called about a site for a while."""

from __future__ import annotations

import argparse
from functools import partial
from typing import Any

from userstatus.commands import options
from userstatus.commands.installation import with_server
from userstatus.commands.server_settings import SETTINGS


def add_parser(commands: Any) -> None:
    mute = options.add_command(commands, "mute", "call nobody about a site for a while", SETTINGS)
    mute.description = f"{mute.description} Whoever watches the site sees it within seconds."
    mute.add_argument("site", metavar="SITE", type=options.one_site, help="the site")
    mute.add_argument(
        "--for",
        dest="seconds",
        type=options.seconds,
        required=True,
        metavar="DURATION",
        help="how long, such as 30m or 2h",
    )
    mute.add_argument("--why", required=True, metavar="TEXT", help="why, for whoever wonders")
    mute.add_argument(
        "--level",
        type=options.level,
        default="error",
        help="the worst level that is muted; what is worse calls, and ends the mute (error)",
    )
    mute.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    return with_server(partial(_mute, given))


def _mute(given: argparse.Namespace) -> int:
    from userstatus import eventloop

    eventloop.patch()
    from userstatus import maintenance
    from userstatus.duty import commands

    return maintenance.with_log(
        lambda log: commands.mute(log, given.site, given.seconds, given.level, given.why)
    )

"""`userstatus unmute`: whoever is on call is called about a site again."""

from __future__ import annotations

import argparse
from functools import partial
from typing import Any

from userstatus.commands import options
from userstatus.commands.installation import with_server
from userstatus.commands.server_settings import SETTINGS


def add_parser(commands: Any) -> None:
    unmute = options.add_command(commands, "unmute", "end the mute of a site", SETTINGS)
    unmute.add_argument("site", metavar="SITE", type=options.one_site, help="the site")
    unmute.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    return with_server(partial(_unmute, given))


def _unmute(given: argparse.Namespace) -> int:
    from userstatus import eventloop

    eventloop.patch()
    from userstatus import maintenance
    from userstatus.duty import commands

    return maintenance.with_log(lambda log: commands.unmute(log, given.site))

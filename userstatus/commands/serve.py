"""`userstatus serve`: the server."""

from __future__ import annotations

import argparse
from typing import Any

from userstatus.commands import options
from userstatus.commands.installation import with_server
from userstatus.commands.server_settings import SERVER_SETTINGS, SETTINGS


def add_parser(commands: Any) -> None:
    parser = options.add_command(commands, "serve", "start the server", SETTINGS + SERVER_SETTINGS)
    parser.set_defaults(run=run)


def run(_: argparse.Namespace) -> int:
    return with_server(_serve)


def _serve() -> int:
    from userstatus import eventloop

    eventloop.patch()  # before anything else is imported
    from userstatus import server

    return server.main()

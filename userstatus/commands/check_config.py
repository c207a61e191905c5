"""`userstatus check-config`: whether a configuration file is right."""

from __future__ import annotations

import argparse
from functools import partial
from typing import Any

from userstatus.commands import options
from userstatus.commands.installation import with_server

EPILOG = """\
Variables that the file names, as in "${ONCALL_URL}", have to be set as they are for the server.
"""


def add_parser(commands: Any) -> None:
    summary = "check the server's configuration file"
    parser = options.add_command(commands, "check-config", summary, EPILOG)
    options.add_config(parser)
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    return with_server(partial(_check, given))


def _check(given: argparse.Namespace) -> int:
    from userstatus import maintenance

    return maintenance.check_config(given.config)

"""`userstatus migrate`: the databases' schema."""

from __future__ import annotations

import argparse
from typing import Any

from userstatus.commands import options
from userstatus.commands.installation import with_server
from userstatus.commands.server_settings import SETTINGS


def add_parser(commands: Any) -> None:
    summary = "bring the database of every stage up to date"
    options.add_command(commands, "migrate", summary, SETTINGS).set_defaults(run=run)


def run(_: argparse.Namespace) -> int:
    return with_server(_migrate)


def _migrate() -> int:
    from userstatus import maintenance

    return maintenance.migrate()

"""`userstatus keys`: who may post and read."""

from __future__ import annotations

import argparse
from functools import partial
from typing import Any

from userstatus.commands import options
from userstatus.commands.installation import with_server
from userstatus.commands.server_settings import SETTINGS


def add_parser(commands: Any) -> None:
    summary = "make, list and revoke keys, where not everybody may post or read"
    keys = options.add_command(commands, "keys", summary, SETTINGS)
    keys.description = f"{keys.description} A running server knows within seconds."
    actions = keys.add_subparsers(dest="action", title="actions", metavar="ACTION", required=True)
    add = actions.add_parser("add", help="make a key and print it, this once")
    add.add_argument("name", metavar="NAME", help="what it is for, such as dome-mrc1")
    add.add_argument("--site", required=True, metavar="SITE[,SITE]", help="its sites; '*' for every site")
    add.add_argument("--may", default="post", metavar="post,read", help="what it may do (post)")
    actions.add_parser("list", help="show all keys: names, sites, rights, when made and last used")
    actions.add_parser("revoke", help="revoke a key").add_argument("name", metavar="NAME")
    keys.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    return with_server(partial(_keys, given))


def _keys(given: argparse.Namespace) -> int:
    from userstatus import eventloop

    eventloop.patch()
    from userstatus import maintenance
    from userstatus.access import commands

    if given.action == "add":
        return maintenance.keys(lambda keys: commands.add(keys, given.name, given.site, given.may))
    if given.action == "list":
        return maintenance.keys(commands.show)
    return maintenance.keys(lambda keys: commands.revoke(keys, given.name))

"""The command line: `userstatus`, or `python -m userstatus`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from userstatus import __version__

USAGE_ERROR = 2  # the exit status that argparse uses, too

SETTINGS = """\
Settings are environment variables, all of them optional; defaults are in parentheses:
  DATABASE_URL    sqlite:///FILE, relative to the current folder, or
                  postgresql://USER:PASSWORD@HOST/DATABASE (sqlite:///userstatus.db)
  STAGES          prod, or prod,dev with a second log below /dev (prod,dev)
  LOG_LEVEL       debug, info, warning, error or critical (info)
  LOG_FORMAT      text, or json for one JSON object a line (text)
"""

SERVER_SETTINGS = """\
  HOST            the address to listen on; 0.0.0.0 for all of them (127.0.0.1)
  PORT            the port to listen on (8080)
  MESSAGE_TTL     how long messages are kept: 90s, 15m, 24h, 7d (7d)
  PURGE_INTERVAL  how often expired messages are deleted (10m)
  VIEWER_BUFFER   how many bytes may wait for one viewer: 256k, 1m (1m)
  POSTING         open, or keys: posting needs a key for every site, not only for those
                  for which there is a key to post (open)
  READING         open, or keys: whatever shows messages needs a key (open)
  ALLOWED_HOSTS   the host names that are answered to, without ports, separated by
                  commas; .example.org for all that end with it (*)
  TRUSTED_PROXIES whose X-Forwarded-For is believed: loopback, private, none, or
                  addresses and networks, separated by commas (loopback)
  PROXY_HOPS      how many such proxies a request comes through (1)
  ADDRESS_LIMIT   how many messages are taken of one address, or off (60000/minute)
  SITE_LIMIT      how many messages are taken of one site, or off (12000/minute)
  WRONG_KEYS      how many wrong keys may come from one address, or off (30/minute)
  ADDRESS_VIEWERS how many viewers there may be of one address, or off (1000)
  MAX_VIEWERS     how many viewers there may be in all, or off (20000)
  CORS_ORIGINS    the origins of pages that may use the API and the streams, separated
                  by commas (*)
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit status: 0, 1 if it failed, or 2 if there is no command."""
    parser = _parser()
    given = parser.parse_args(arguments)
    if given.command is None:
        parser.print_help(sys.stderr)
        return USAGE_ERROR
    if given.command == "keys":
        return _keys(given)
    return _serve() if given.command == "serve" else _migrate()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="userstatus",
        description="Short status messages of an observatory: posted over HTTP, seen live.",
    )
    parser.add_argument("--version", action="version", version=f"userstatus {__version__}")
    commands = parser.add_subparsers(dest="command", title="commands", metavar="COMMAND")
    for name, summary, settings in (
        ("serve", "start the server", SETTINGS + SERVER_SETTINGS),
        ("migrate", "bring the database of every stage up to date", SETTINGS),
    ):
        commands.add_parser(
            name,
            help=summary,
            description=f"{summary[0].upper()}{summary[1:]}.",
            epilog=settings,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
    _add_keys(commands)
    return parser


def _add_keys(commands: Any) -> None:
    summary = "make, list and revoke keys, where not everybody may post or read"
    keys = commands.add_parser(
        "keys",
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}. A running server knows within seconds.",
        epilog=SETTINGS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = keys.add_subparsers(dest="action", title="actions", metavar="ACTION", required=True)
    add = actions.add_parser("add", help="make a key and print it, this once")
    add.add_argument("name", metavar="NAME", help="what it is for, such as dome-mrc1")
    add.add_argument("--site", required=True, metavar="SITE[,SITE]", help="its sites; '*' for every site")
    add.add_argument("--may", default="post", metavar="post,read", help="what it may do (post)")
    actions.add_parser("list", help="show all keys: names, sites, rights, when made and last used")
    actions.add_parser("revoke", help="revoke a key").add_argument("name", metavar="NAME")


def _keys(given: argparse.Namespace) -> int:
    try:
        from userstatus import eventloop

        eventloop.patch()
        from userstatus import server
        from userstatus.access import commands
    except ModuleNotFoundError as error:
        return _not_installed(error)
    if given.action == "add":
        return server.keys(lambda keys: commands.add(keys, given.name, given.site, given.may))
    if given.action == "list":
        return server.keys(commands.show)
    return server.keys(lambda keys: commands.revoke(keys, given.name))


def _serve() -> int:
    try:
        from userstatus import eventloop

        eventloop.patch()  # before anything else is imported
        from userstatus import server
    except ModuleNotFoundError as error:
        return _not_installed(error)
    return server.main()


def _migrate() -> int:
    try:
        from userstatus import server
    except ModuleNotFoundError as error:
        return _not_installed(error)
    return server.migrate()


def _not_installed(error: ModuleNotFoundError) -> int:
    sys.stderr.write(f"userstatus: {remedy(error, os.environ)}\n")
    return 1


def remedy(error: ModuleNotFoundError, environ: Mapping[str, str]) -> str:
    """How to install what is missing. Raises the error if that is none of the server's packages."""
    package = (error.name or "").partition(".")[0]
    if package in ("", "userstatus"):
        raise error
    if package in sys.stdlib_module_names:  # such as `resource`
        return f"the server needs {package}, which this system lacks: use Linux or macOS, on Windows WSL"
    extras = "server,postgres" if environ.get("DATABASE_URL", "").strip().startswith("postgres") else "server"
    return f'the server needs {package}, which is not installed: pip install "userstatus[{extras}]"'


if __name__ == "__main__":
    sys.exit(main())

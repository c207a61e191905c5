"""The command line: `userstatus`, or `python -m userstatus`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence

from userstatus import __version__

USAGE_ERROR = 2  # the exit status that argparse uses, too

SETTINGS = """\
Settings are environment variables, all of them optional; defaults are in parentheses:
  DATABASE_URL    sqlite:///FILE, relative to the current folder, or
                  postgresql://USER:PASSWORD@HOST/DATABASE (sqlite:///userstatus.db)
  STAGES          prod, or prod,dev with a second log below /dev (prod,dev)
  LOG_LEVEL       debug, info, warning, error or critical (info)
"""

SERVER_SETTINGS = """\
  HOST            the address to listen on; 0.0.0.0 for all of them (127.0.0.1)
  PORT            the port to listen on (8080)
  MESSAGE_TTL     how long messages are kept: 90s, 15m, 24h, 7d (7d)
  PURGE_INTERVAL  how often expired messages are deleted (10m)
  VIEWER_BUFFER   how many bytes may wait for one viewer: 256k, 1m (1m)
  CORS_ORIGINS    the origins of pages that may use the API and the streams, separated
                  by commas (*)
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit status: 0, 1 if it failed, or 2 if there is no command."""
    parser = _parser()
    command = parser.parse_args(arguments).command
    if command is None:
        parser.print_help(sys.stderr)
        return USAGE_ERROR
    return _serve() if command == "serve" else _migrate()


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
    return parser


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

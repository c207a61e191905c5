"""The command line: `userstatus`, or `python -m userstatus`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from userstatus import __version__

NOT_INSTALLED = 'userstatus: the server needs %s, which is not installed: pip install "userstatus[server]"\n'


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="userstatus",
        description="Short messages of an observatory, seen live.",
    )
    parser.add_argument("--version", action="version", version=f"userstatus {__version__}")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="serve messages, as the environment says")
    commands.add_parser("migrate", help="bring the database (DATABASE_URL) of every stage up to date")
    command = parser.parse_args(arguments).command
    try:
        return _serve() if command == "serve" else _migrate()
    except ModuleNotFoundError as error:
        sys.stderr.write(NOT_INSTALLED % error.name)
        return 1


def _serve() -> int:
    from userstatus import eventloop

    eventloop.patch()  # before anything else is imported
    from userstatus import server

    return server.main()


def _migrate() -> int:
    from userstatus import server

    return server.migrate()


if __name__ == "__main__":
    sys.exit(main())

"""Arguments that several commands have, and how they are read."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from userstatus.durations import duration
from userstatus.message import EVERY_SITE, LEVELS, MAX_NEXT_WITHIN_S, SITE, SITE_REMEDY, level_named

if TYPE_CHECKING:
    from userstatus.commands.http_reader import Server

ENVIRONMENT = """\
environment:
  USERSTATUS_URL   the server's URL, if there is no --url
  USERSTATUS_KEY   a key, if there is no --key; other users of a machine can see arguments
"""
SITE_OF_ENVIRONMENT = "  USERSTATUS_SITE  the site, if there is no --site\n"


def add_command(commands: Any, name: str, summary: str, epilog: str) -> argparse.ArgumentParser:
    """The parser of a command, whose help ends with `epilog` as it is written."""
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}.",
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    return parser


def add_server(parser: argparse.ArgumentParser, right: str) -> None:
    parser.add_argument("--url", help="the server, such as https://status.example.org ($USERSTATUS_URL)")
    parser.add_argument("--key", help=f"a key that may {right}, if the server asks for one ($USERSTATUS_KEY)")


def add_site(parser: argparse.ArgumentParser, default: str = "$USERSTATUS_SITE") -> None:
    parser.add_argument("--site", type=one_site, help=f"the site to post to ({default})")


def add_sites(parser: argparse.ArgumentParser, number: str) -> None:
    everything = ", by default every site" if number == "*" else "; '*' is every site"
    parser.add_argument("sites", nargs=number, metavar="SITE", type=sites, help=f"the sites{everything}")


def add_spool(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--spool", metavar="FOLDER", help="where messages wait (a folder in the user's data folder)"
    )


def add_config(parser: argparse.ArgumentParser) -> None:
    default = "$CONFIG, or userstatus.toml in the current folder"
    parser.add_argument("--config", type=Path, metavar="FILE", help=f"the configuration file ({default})")


def add_times(parser: argparse.ArgumentParser) -> None:
    zone = parser.add_mutually_exclusive_group()
    zone.add_argument("--utc", dest="local", action="store_false", help="show times in UTC, which is default")
    zone.add_argument("--local", action="store_true", help="show times in this machine's time zone")
    parser.set_defaults(local=False)


def sites(text: str) -> list[str]:
    """The sites of an argument, which may have several with commas."""
    return [EVERY_SITE if name.strip() == EVERY_SITE else one_site(name.strip()) for name in text.split(",")]


def joined(given: list[list[str]]) -> str:
    """All sites that were given, as a request names them; every site if there are none."""
    names = list(dict.fromkeys(name for argument in given for name in argument))
    return EVERY_SITE if not names or EVERY_SITE in names else ",".join(names)


def one_site(text: str) -> str:
    if not SITE.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no site: {SITE_REMEDY}")
    return text.lower()


def seconds(text: str) -> int:
    """The seconds of a duration such as `2h`."""
    try:
        return duration(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def promise(text: str) -> int:
    """The seconds of a duration within which another message may be promised."""
    found = seconds(text)
    if found > MAX_NEXT_WITHIN_S:
        raise argparse.ArgumentTypeError(f"{text!r} is too long: give at most {MAX_NEXT_WITHIN_S // 86400}d")
    return found


def level(text: str) -> str:
    found = level_named(text)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no level: give one of {', '.join(LEVELS)}")
    return found


def speed(text: str) -> float:
    """How many times faster, a number above 0 such as `60` or `0.5`."""
    try:
        found = float(text)
    except ValueError:
        found = 0.0
    if not 0 < found <= 1e9:
        raise argparse.ArgumentTypeError(f"{text!r} is no speed: give a number above 0, such as 60")
    return found


def from_environment(value: str | None, name: str) -> str | None:
    """What was given, or what the environment says."""
    return value or os.environ.get(name, "").strip() or None


def server(given: argparse.Namespace) -> Server:
    """The server to read from. Raises CommandFailed."""
    from userstatus.commands.http_reader import Server

    return Server.of(
        from_environment(given.url, "USERSTATUS_URL"), from_environment(given.key, "USERSTATUS_KEY")
    )

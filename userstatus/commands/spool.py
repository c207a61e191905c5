"""`userstatus spool`: the messages that wait at this telescope."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from userstatus.commands import options

if TYPE_CHECKING:
    from userstatus.commands.delivery import Delivery

EPILOG = f"""\
Programs at a telescope put messages on disk first, and send them from there. What has not reached
the server waits in the spool; whatever posts to the same site of the same server sends it.

examples:
  userstatus spool status
  userstatus spool send
  userstatus spool send --from https://old.example.org --url https://status.example.org
  userstatus spool clear --yes

exit status: 0 if it is done, 75 if something still waits after send, 1 if something went wrong or
clear was not confirmed, 2 if the arguments make no sense.

{options.ENVIRONMENT}"""


def add_parser(commands: Any) -> None:
    parser = options.add_command(commands, "spool", "see, send or clear what waits at this telescope", EPILOG)
    actions = parser.add_subparsers(dest="action", title="actions", metavar="ACTION", required=True)
    status = actions.add_parser("status", help="show what waits, since when and why")
    send = actions.add_parser("send", help="try to send it now")
    options.add_server(send, "post")
    send.add_argument(
        "--from", dest="former", metavar="URL", help="the former address of the server that is at --url now"
    )
    clear = actions.add_parser("clear", help="delete it")
    clear.add_argument("--yes", action="store_true", help="do not ask")
    for action, command in ((status, _status), (send, _send), (clear, _clear)):
        options.add_spool(action)
        action.set_defaults(run=command)


def _status(given: argparse.Namespace) -> int:
    from userstatus.commands import output
    from userstatus.commands.delivery import folder
    from userstatus.commands.spool_files import report, spool_files

    output.prepare()
    place = folder(given.spool)
    lines = [line for file in spool_files(place) for line in report(file)]
    lines += [
        f"{path} is damaged and was set aside\n" for path in sorted(place.glob("*.spool.damaged-*[0-9]"))
    ]
    output.write(*(lines or [f"Nothing waits in {place}.\n"]))
    return 0


def _send(given: argparse.Namespace) -> int:
    from userstatus.commands.delivery import Delivery, finish_all, folder
    from userstatus.commands.outcome import DONE, KEPT, tell
    from userstatus.commands.spool_files import spool_files

    place = folder(given.spool)
    url = options.from_environment(given.url, "USERSTATUS_URL")
    if given.former:
        return finish_all(_moved(given, place, url))
    deliveries, unknown = [], 0
    for file in spool_files(place):
        if not file.waits().number:
            continue
        if its_url := file.url(url):
            deliveries.append(Delivery(its_url, file.site, given.key, place))
        else:
            unknown += 1
            tell(f"{file.path.name} waits for {file.server}: give its URL with --url")
    status = finish_all(deliveries)
    return KEPT if unknown and status == DONE else status


def _moved(given: argparse.Namespace, place: Path, url: str | None) -> list[Delivery]:
    """The way to a server for all that waits for its former address. Raises CommandFailed."""
    from userstatus.commands.delivery import Delivery
    from userstatus.commands.outcome import USAGE_ERROR, CommandFailed
    from userstatus.commands.spool_files import spool_files

    if url is None:
        raise CommandFailed("the new address is missing: give --url, or set USERSTATUS_URL", USAGE_ERROR)
    files = [file for file in spool_files(place) if file.is_for(given.former)]
    if not files:
        raise CommandFailed(f"no spool in {place} is for the address of --from: see userstatus spool status")
    return [Delivery(url, file.site, given.key, file.path) for file in files if file.waits().number]


def _clear(given: argparse.Namespace) -> int:
    from userstatus.commands.delivery import folder
    from userstatus.commands.formats import counted
    from userstatus.commands.outcome import FAILED, USAGE_ERROR, CommandFailed, tell
    from userstatus.commands.spool_files import spool_files

    files = spool_files(folder(given.spool))
    found = [file.waits() for file in files]
    number = sum(each.number + len(each.refused) for each in found)
    if number and not given.yes:
        if not _is_terminal():
            raise CommandFailed(f"{counted(number)} would be deleted: confirm that with --yes", USAGE_ERROR)
        if not _agreed(f"Delete {counted(number)} that the server does not have? [y/N] "):
            tell("nothing was deleted")
            return FAILED
    tell(f"deleted: {counted(sum(file.clear() for file in files))}")
    return 0


def _is_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()


def _agreed(question: str, ask: Callable[[str], str] = input) -> bool:
    try:
        return ask(question).strip().lower() in ("y", "yes")
    except EOFError:
        return False

"""What is done beside a running server, on its databases and its configuration.

Each function returns 0 as exit status; if what it does fails, it says why and returns 1.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from userstatus.duty import commands, rehearsal, rehearsal_report
from userstatus.duty.channels import Apprise
from userstatus.duty.config import Config
from userstatus.duty.rehearsal import Rehearsal
from userstatus.environment import fail, read_config, read_settings
from userstatus.errors import StartError, Unavailable
from userstatus.settings import PROD, Settings
from userstatus.store.database import Database
from userstatus.store.expiry import Expiry
from userstatus.store.keys import Keys
from userstatus.store.log import Log
from userstatus.store.reader import Reader
from userstatus.store.stages import open_database, open_databases


def migrate() -> int:
    """Bring the database of every stage up to date."""
    try:
        for database in open_databases(read_settings()):
            database.migrate()
            sys.stdout.write(f"up to date: {database}\n")
    except StartError as error:
        return fail(error)
    return 0


def keys(command: Callable[[Keys], None]) -> int:
    """Run a command on the keys. There may be keys before there is a log."""

    def prepared(log: Log) -> None:
        log.database.prepare()
        command(Keys(log.keys_database))

    return _with_log(prepared)


def with_log(command: Callable[[Log], None]) -> int:
    """Run a command on the log of prod."""

    def checked(log: Log) -> None:
        _check(log.database)
        command(log)

    return _with_log(checked)


def _with_log(command: Callable[[Log], None]) -> int:
    try:
        log = Log(read_settings(), PROD)
        with closing(log.database):
            command(log)
    except StartError as error:
        return fail(error)
    except Unavailable as error:
        return fail(StartError(f"cannot use DATABASE_URL: {error.reason}"))
    return 0


def check_config(file: Path | None) -> int:
    """Check a configuration file, by default that of the server."""
    try:
        config = read_config(file)
        Apprise().check(config.alerts)
    except StartError as error:
        return fail(error)
    sys.stdout.write(f"ok: {config}\n")
    return 0


def test_alerts(file: Path | None) -> int:
    """Call every channel of a configuration once."""
    try:
        return 0 if commands.test_alerts(read_config(file), Apprise()) else 1
    except StartError as error:
        return fail(error)


def rehearse(file: Path | None, seconds: int, as_json: bool) -> int:
    """Print what a configuration, by default that of the server, would have made of the last `seconds`."""
    now = time.time()
    try:
        found = _rehearsed(read_settings(), read_config(file), now - seconds, now)
    except StartError as error:
        return fail(error)
    report = rehearsal_report.as_json if as_json else rehearsal_report.as_text
    sys.stdout.write(report(found, now - seconds, now))
    return 0


def _rehearsed(settings: Settings, config: Config, since: float, now: float) -> Rehearsal:
    """The messages of prod since a time, played through a configuration. Raises StartError."""
    with closing(open_database(settings.database_url, PROD)) as database:
        _check(database)
        try:
            return rehearsal.rehearse(Reader(database, Expiry(settings.message_ttl)), config, since, now)
        except Unavailable as error:
            raise StartError(f"cannot read DATABASE_URL: {error.reason}") from error


def _check(database: Database) -> None:
    """See that there is a log, as a new one would be one that nobody else looks at. Raises StartError."""
    if not database.is_up_to_date():
        raise StartError(f"{database} has no log of this version: set DATABASE_URL, or userstatus migrate")

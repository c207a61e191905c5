"""Write the rehearsal in docs/on-duty.md anew: `python -m docs.rehearsal`.

It is that of the example configuration, played through a made-up night of real-looking messages, all of them
INFO, as the software of many observatories sends them.
"""

from __future__ import annotations

import heapq
import random
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from demo.night import night
from userstatus import eventloop
from userstatus.duty.config import read_config
from userstatus.duty.rehearsal import rehearse
from userstatus.duty.rehearsal_report import as_text
from userstatus.store.expiry import DAY_S, Expiry
from userstatus.store.reader import Reader
from userstatus.store.sqlite import Sqlite
from userstatus.store.stages import parse

DOCUMENT = Path(__file__).with_name("on-duty.md")
EXAMPLE = Path(__file__).parent.parent / "deploy" / "userstatus.toml"
COMMAND = "$ userstatus rehearse --since 17h --config deploy/userstatus.toml\n"
DUSK = datetime(2026, 11, 26, 22, tzinfo=UTC).timestamp()
SITES = (
    "aro1",
    "dpo",
    "eco1",
    "eco2",
    "lcs1",
    "mrc1",
    "mrc2",
    "saf",
    "sro1",
    "sro2",
    "tbo1",
    "tbo2",
    "wmo1",
    "wmo2",
)
MESSAGES = 20_000
DAWN = DUSK + 17 * 3600
RARE = (
    "Pointing too close to the sun: parking",
    "weather report says close: wind {} m/s",
    "Focuser: timed out after {} s",
    "Camera: could not read the temperature, attempt {}",
    "Image {}: solving failed",
    "Guider: exposure {} failed, retrying",
    "Mount: lost connection, error {}",
)
RARELY = 0.004  # of the messages of a site
QUIET_SITE, QUIET_FROM_S, QUIET_S = "mrc1", 5 * 3600, 41 * 60  # one site falls silent

Row = tuple[int, str, str, str, int, float]


def story(site: str) -> Iterator[tuple[float, str, str]]:
    """What a site says: the seconds since dusk, the site, and a text. It has no end."""
    chance, at = random.Random(f"rehearsal {site}"), 0.0
    for line in night(site):
        at += chance.uniform(0.5, 1.5) * line.seconds
        if not (site == QUIET_SITE and QUIET_FROM_S < at < QUIET_FROM_S + QUIET_S):
            rare = chance.choice(RARE).format(chance.randint(15, 60))
            yield at, site, rare if chance.random() < RARELY else line.text


def messages(count: int, begin: float) -> Iterator[Row]:
    """Rows of the log, in the order of their receipt; `begin` is in unix seconds."""
    for id, (at, site, text) in enumerate(islice(heapq.merge(*map(story, SITES)), count), 1):
        yield id, site, text, "info", int(begin + at), begin + at


def fill(file: Path, count: int, begin: float) -> Sqlite:
    """Make a log in a file; returns it as an open database."""
    database = Sqlite(parse(f"sqlite:///{file}"))
    database.migrate()
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.executemany(
            "INSERT INTO messages (id, site, message, log_level, timestamp, received_at)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            messages(count, begin),
        )
        connection.execute("UPDATE head SET last_id = ?", (count,))
    return database


def written() -> str:
    """What the document has to show: the command and what it prints."""
    urls = {"ONCALL_URL": "slack://of/the/team", "DOME_URL": "mailto://of:the@dome"}
    config = read_config(EXAMPLE, urls)
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(fill(Path(folder) / "night.db", MESSAGES, DUSK)) as database,
    ):
        found = rehearse(Reader(database, Expiry(DAY_S, clock=lambda: DAWN)), config, DUSK, DAWN)
    return f"```console\n{COMMAND}{as_text(found, DUSK, DAWN)}```\n"


def document(text: str) -> str:
    """The document with the rehearsal as it is now, in the block that begins with its command."""
    start = text.index(f"```console\n{COMMAND}")
    return text[:start] + written() + text[text.index("```\n", start + 3) + 4 :]


if __name__ == "__main__":
    eventloop.patch()
    DOCUMENT.write_text(document(DOCUMENT.read_text()))

"""The wall in a browser, and messages that were received long ago."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Mapping
from contextlib import closing

from playwright.sync_api import Locator, Page, expect

from tests.support.service import Service

HOUR = 3600.0


def post_earlier(service: Service, messages: Iterable[tuple[str, str, str, float]]) -> None:
    """Have messages (site, text, level, age in seconds) received that long ago; ages must decrease."""
    for site, text, level, age in messages:
        service.post(site=site, log_message=text, log_level=level, timestamp=time.time() - age)
    service.stop()
    with closing(sqlite3.connect(service.environ["DATABASE_URL"].removeprefix("sqlite:///"))) as connection:
        connection.execute("UPDATE messages SET received_at = timestamp")
        connection.commit()
    service.start()


def receive_apart(service: Service, seconds: float, behind: Mapping[str, float]) -> None:
    """Have all messages received so many seconds apart, the last one now; the service is restarted.

    `behind` says by how many seconds the clocks of sites are behind; those of the others are right.
    """
    service.stop()
    with closing(sqlite3.connect(service.environ["DATABASE_URL"].removeprefix("sqlite:///"))) as connection:
        rows = connection.execute("SELECT id, site FROM messages ORDER BY id DESC").fetchall()
        for place, (id, site) in enumerate(rows):
            received = time.time() - seconds * place
            changes = (received, int(received - behind.get(site, 0)), id)
            connection.execute("UPDATE messages SET received_at = ?, timestamp = ? WHERE id = ?", changes)
        connection.commit()
    service.start()


def post_by_wrong_clock(service: Service, site: str, text: str, behind: float) -> None:
    """Have a site be heard from minute to minute by a clock that is so many seconds behind."""
    for _ in range(3):
        service.post(site=site, log_message=text)
    receive_apart(service, 61, {site: behind})


def open_wall(page: Page, service: Service) -> None:
    page.goto(service.url)
    expect(page.locator("#state")).to_have_attribute("data-state", "caught up")


def sites(page: Page) -> Locator:
    """The site codes of the tiles that are shown, in their order."""
    return page.locator(".tile:visible h2 a")


def tile(page: Page, site: str) -> Locator:
    return page.locator(".tile").filter(has=page.get_by_role("link", name=site, exact=True))

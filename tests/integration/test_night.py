"""A whole night of an observatory: four sites, bursts of messages, two viewers per site."""

from __future__ import annotations

import random
import threading
import time
from pathlib import Path
from typing import Any

from tests.support.service import Service, running
from tests.support.viewers import watching

SITES = ("mrc1", "mrc2", "aro1", "eco1")
TEXTS = (
    "Slewing telescope to RA 05:35:17, Dec −05°23′28″",
    "Filter set to: V, focus {}",
    '\nAutofocus failed:\n\tstars: {}\n\tFWHM: 3.2"',
    "Exposure {} of 60 complete",
    "😀 clouds clearing",
    "Roof: open 100%",
)
LEVELS = ("INFO", "INFO", "INFO", "WARN", "debug", "ERROR", None)


def night(site: str, count: int) -> list[dict[str, Any]]:
    """The messages of one site: many in the same second, some with the same text."""
    chance = random.Random(site)
    start = time.time() - 6 * 3600
    messages: list[dict[str, Any]] = []
    while len(messages) < count:
        start += chance.random() * 60
        burst = [
            {
                "site": site.upper() if chance.random() < 0.2 else site,
                "log_message": chance.choice(TEXTS).format(len(messages)),
                "log_level": chance.choice(LEVELS),
                "timestamp": start,
            }
            for _ in range(chance.randint(1, 20))
        ]
        messages += burst
    return messages[:count]


def test_every_viewer_gets_all_messages_of_its_site_once_in_order_and_no_others(
    database_url: str, tmp_path: Path, full: bool
) -> None:
    count = 550 if full else 120
    nights = {site: night(site, count) for site in SITES}
    with (
        running(database_url, tmp_path) as service,
        watching(service.url, *(f"?site={site}" for site in SITES for _ in range(2))) as viewers,
    ):
        post_all(service, nights)
        for number, viewer in enumerate(viewers):
            site = SITES[number // 2]
            viewer.wait_for(count)
            sent = [message["log_message"] for message in nights[site]]
            assert viewer.texts() == sent
            assert viewer.ids() == sorted(set(viewer.ids()))
            assert {message["site"] for message in viewer.received} == {site}
        for site in SITES:
            assert [found["message"] for found in service.recent(site=site)] == [
                message["log_message"] for message in nights[site]
            ]


def post_all(service: Service, nights: dict[str, list[dict[str, Any]]]) -> None:
    """Each site posts its messages one after another, all sites at the same time."""
    failures: list[str] = []

    def post(messages: list[dict[str, Any]]) -> None:
        for message in messages:
            response = service.post(**message)
            if response.status_code != 200:
                failures.append(response.text)

    posters = [threading.Thread(target=post, args=(messages,)) for messages in nights.values()]
    for poster in posters:
        poster.start()
    for poster in posters:
        poster.join()
    assert failures == []

"""When a message was received is in every form of it, and is the same in all of them."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import Any

import requests

from tests.support.service import Service, running, wait_until
from tests.support.streams import connected, events, frames
from tests.support.viewers import watching

LATE_S = 3600  # by which the telescope's clock is behind


def of_sites(service: Service) -> dict[str, Any]:
    """The forms of the site's last message in /sites, once it is there."""
    url = f"{service.url}/sites?site=tst"
    wait_until(lambda: requests.get(url, timeout=5).json(), "the message is counted")
    (site,) = requests.get(url, timeout=5).json()
    return {"/sites, last": site["last"], "/sites, latest": site["latest"]["error"]}


def every_form(service: Service) -> dict[str, Any]:
    """One message in each form in which anybody gets it."""
    found: dict[str, Any] = {}
    before = service.cursor()

    def poll() -> None:
        (found["long polling"],) = service.recent(site="tst", after_id=before, wait=10)

    polling = threading.Thread(target=poll)
    polling.start()
    with (
        connected(service, "/ws?site=tst") as socket,
        connected(service, "/datastream?site=tst") as stream,
        events(service, "?site=tst") as server_sent,
        watching(service.url, "?site=tst", transports=["websocket"]) as (viewer,),
        watching(service.url, "?site=tst", transports=["polling"]) as (poller,),
    ):
        next(server_sent)  # it is subscribed
        service.post(site="tst", log_message="x", log_level="error", timestamp=time.time() - LATE_S)
        (found["/ws"],) = frames(socket, 1)
        found["/datastream"] = frames(stream, 1)[0]["data"]
        found["/events"] = next(server_sent)[1]
        (found["Socket.IO"],) = viewer.wait_for(1)
        (found["Socket.IO by polling"],) = poller.wait_for(1)
    polling.join()
    (found["/recent-logs"],) = service.recent(site="tst")
    return {**found, **of_sites(service)}


def test_every_form_of_a_message_says_when_it_was_received(database_url: str, tmp_path: Path) -> None:
    with running(database_url, tmp_path) as service:
        before = time.time()
        found = every_form(service)
        assert len(found) == 9
        receipts = {form: message["received_at"] for form, message in found.items()}
        assert len(set(receipts.values())) == 1, receipts
        received_at = receipts["/recent-logs"]
        assert isinstance(received_at, float)
        assert before - 1 < received_at < time.time() + 1, "by the service's clock, not the telescope's"
        assert all(int(message["timestamp"]) < received_at - LATE_S + 1 for message in found.values())
        assert len({json.dumps(message["cursor"]) for message in found.values()}) == 1

"""The memory taken by many greedy viewers together is bounded; other viewers notice nothing."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
import requests

from tests.support.service import Service, running, wait_until
from tests.support.viewers import watching

# Starts the service with lower limits on the bytes and sites of all viewers.
SMALL = """
from userstatus import eventloop
eventloop.patch()
from userstatus import server
from userstatus.live import shedding
shedding.INTERVAL_S, shedding.{bound} = 0.1, {value}
server.main()
"""


def greedy(service: Service, number: int) -> str:
    """A polling viewer of a hundred sites that emits events without fetching the acknowledgements."""
    url = f"{service.url}/socket.io/?EIO=4&transport=polling"
    sid = str(json.loads(requests.get(url, timeout=10).text[1:])["sid"])
    sites = [f"greedy-{number}-{site:050}" for site in range(100)]
    asked = ["40" + json.dumps({"site": sites}), *['420["unsubscribe",{"site":"none"}]'] * 20]
    requests.post(f"{url}&sid={sid}", "\x1e".join(asked), timeout=10).raise_for_status()
    return sid


def there(service: Service, sid: str) -> bool:
    url = f"{service.url}/socket.io/?EIO=4&transport=polling&sid={sid}"
    return requests.post(url, '421["unsubscribe",{"site":"none"}]', timeout=10).status_code == 200


@pytest.mark.parametrize(("bound", "value"), [("MAX_WAITING_BYTES", 500_000), ("MAX_SUBSCRIPTIONS", 500)])
def test_the_greediest_viewers_are_disconnected_when_all_together_take_too_much(
    tmp_path: Path, bound: str, value: int
) -> None:
    program = SMALL.format(bound=bound, value=value)
    with (
        running(f"sqlite:///{tmp_path}/x.db", tmp_path, sys.executable, "-c", program) as service,
        watching(service.url, "?site=tst") as (modest,),
    ):
        greedies = [greedy(service, number) for number in range(8)]
        wait_until(lambda: not all(there(service, sid) for sid in greedies), "some of them have to go")
        service.post(site="tst", log_message="for the modest one")
        modest.wait_for(1)
        assert modest.client.connected

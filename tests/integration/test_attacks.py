"""Attacks, malicious or accidental: nobody can do lasting harm to the service or to other clients."""

from __future__ import annotations

import http.client
import json
import resource
import signal
import socket
import sys
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
import requests
import websocket

from tests.support.databases import rows
from tests.support.inspection import SLACK, descriptors, forgotten, without_traceback, written
from tests.support.messages import age
from tests.support.polling import is_open, polling
from tests.support.posters import Poster
from tests.support.raw_http import POLLING, exchange, status
from tests.support.service import Service, running, wait_until
from tests.support.viewers import RawViewer, watching

BROKEN = ["42[]", "42", '42{"a":1}', "42[{}]", "4x", "47", "40{", "", "x", "4" + "[" * 3000]


def post_all(service: Service, messages: list[dict[str, str]]) -> requests.Response:
    return requests.post(f"{service.url}/newlog", json.dumps(messages), timeout=10)


def test_a_service_out_of_file_descriptors_recovers_when_connections_end(tmp_path: Path) -> None:
    with running(f"sqlite:///{tmp_path}/x.db", tmp_path) as service:
        _, hard = resource.prlimit(service.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(service.pid, resource.RLIMIT_NOFILE, (64, hard))
        with ExitStack() as connections:
            for _ in range(100):
                connections.enter_context(socket.create_connection(("127.0.0.1", service.port), 10))
            wait_until(
                lambda: "no more connections can be accepted" in service.log.read_text(),
                "the service has no descriptor left",
            )
        wait_until(lambda: descriptors(service) < 50, "the connections have ended")
        assert service.post(site="tst", log_message="after").status_code == 200


def test_a_service_at_its_limit_of_connections_still_handles_requests(tmp_path: Path) -> None:
    command = ("bash", "-c", f"ulimit -n 128 && exec {sys.executable} app.py")
    with running(f"sqlite:///{tmp_path}/x.db", tmp_path, *command) as service, ExitStack() as connections:
        known = connections.enter_context(requests.Session())
        assert known.get(f"{service.url}/healthz", timeout=5).ok
        for _ in range(150):
            connections.enter_context(socket.create_connection(("127.0.0.1", service.port), 10))
        for path in ("/", "/watch/a", "/static/user-status.js", "/healthz", "/recent-logs?site=tst"):
            assert known.get(f"{service.url}{path}", timeout=5).status_code == 200
        assert known.post(f"{service.url}/newlog", '{"site": "a", "log_message": "x"}', timeout=5).ok
        assert "Traceback" not in service.log.read_text()


def break_polling(service: Service, body: bytes, length: int) -> int:
    """Connect by polling, send `body` as a packet while a poll waits, and return the response's status."""
    with (
        closing(http.client.HTTPConnection("127.0.0.1", service.port, timeout=10)) as posts,
        closing(http.client.HTTPConnection("127.0.0.1", service.port, timeout=10)) as polls,
    ):
        polls.request("GET", f"{POLLING}&site=polled")
        sid = json.loads(polls.getresponse().read()[1:])["sid"]
        posts.request("POST", f"{POLLING}&sid={sid}", b"40")
        assert posts.getresponse().read() == b"OK"
        polls.request("GET", f"{POLLING}&sid={sid}")
        assert polls.getresponse().read().startswith(b"40{")
        polls.request("GET", f"{POLLING}&sid={sid}")
        posts.request("POST", f"{POLLING}&sid={sid}", body, {"Content-Length": str(length)})
        return posts.getresponse().status


def test_a_bad_packet_of_a_polling_viewer_leaks_no_descriptor(service: Service) -> None:
    with without_traceback(service), forgotten(service):
        for body, length in ((b"", 1_000_001), (b"2", 1), (b"6", 1)):
            assert [break_polling(service, body, length) for _ in range(10)] == [400] * 10


def test_a_polling_viewer_gets_a_burst_whole_and_in_order(service: Service) -> None:
    texts = [str(number) for number in range(200)]
    with watching(service.url, "?site=burst", transports=["polling"]) as (viewer,):
        assert post_all(service, [{"site": "burst", "log_message": text} for text in texts]).ok
        viewer.wait_for(200)
        assert viewer.texts() == texts


def test_a_folded_header_causes_no_server_error(service: Service) -> None:
    with without_traceback(service):
        response = exchange(
            service,
            b"OPTIONS /newlog HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
            b"Access-Control-Request-Headers: a,\r\n b\r\n\r\n",
        )
        assert status(response) < 500


def test_a_raw_byte_in_the_query_is_a_bad_request(service: Service) -> None:
    with without_traceback(service):
        response = exchange(
            service, b"GET /recent-logs?site=\xff HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        )
        assert status(response) == 400


def test_bytes_after_a_garbled_chunked_body_are_not_read_as_a_request(service: Service) -> None:
    body = b'{"site": "smuggled", "log_message": "x"}'
    response = exchange(
        service,
        b"POST /newlog HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n0\r\n\r\n"
        b"POST /newlog HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        b"Content-Length: %d\r\n\r\n%b" % (len(body), body),
    )
    assert response.count(b"HTTP/1.1 ") <= 1
    service.post(site="smuggled", log_message="after it")
    assert [found["message"] for found in service.recent(site="smuggled")] == ["after it"]


def connected(service: Service) -> websocket.WebSocket:
    """A Socket.IO viewer over a bare WebSocket."""
    client = websocket.create_connection(
        f"ws://127.0.0.1:{service.port}/socket.io/?EIO=4&transport=websocket&site=broken", timeout=10
    )
    assert str(client.recv()).startswith("0{")
    client.send("40")
    assert str(client.recv()).startswith("40{")
    return client


@pytest.mark.parametrize("packet", BROKEN, ids=lambda packet: packet[:9])
def test_a_viewer_that_sends_invalid_packets_harms_nobody_and_is_forgotten(
    service: Service, packet: str
) -> None:
    with watching(service.url, "?site=broken") as (other,), without_traceback(service), forgotten(service):
        broken = [connected(service) for _ in range(SLACK + 2)]
        for client in broken:
            client.send(packet)
        service.post(site="broken", log_message="all the same")
        assert other.wait_for(1)[0]["message"] == "all the same"
        fates = {fate(client) for client in broken}
        assert len(fates) == 1
        assert fates <= {"goes on", "has ended"}


def fate(client: websocket.WebSocket) -> str:
    """Return what happens to a viewer that has sent such a packet; then drop its connection."""
    try:
        client.send('420["subscribe",{"site":"broken"}]')
        # The message may have arrived before the connection ended.
        answered = any(said.startswith("430") for said in iter(lambda: str(client.recv()), ""))
    except (ConnectionError, websocket.WebSocketConnectionClosedException):
        return "has ended"
    except websocket.WebSocketProtocolException:
        return "is told what is not WebSocket"
    else:
        return "goes on" if answered else "has ended"
    finally:
        client.shutdown()  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("packet", ["", "x"])
def test_nothing_is_kept_of_a_viewer_disconnected_by_its_own_packet(tmp_path: Path, packet: str) -> None:
    with (
        running(f"sqlite:///{tmp_path}/x.db", tmp_path) as service,  # its log tells of no other viewer
        watching(service.url, "?site=broken") as (other,),
    ):
        client = connected(service)
        client.send(packet)
        service.post(site="broken", log_message="all the same")
        assert fate(client) == "has ended"
        for batch in range(6):  # more than may wait for one viewer
            post_all(service, [{"site": "broken", "log_message": "x" * 10_000}] * 20)
            other.wait_for(1 + 20 * (batch + 1))
        assert "does not read" not in written(service, 0)


def test_disconnecting_a_viewer_costs_later_viewers_no_message(service: Service) -> None:
    never_polls = polling(service, "40", query="&site=left")
    with without_traceback(service), watching(service.url, "?site=left") as (later,):
        ids: list[int] = []
        while is_open(never_polls):
            ids += post_all(service, [{"site": "left", "log_message": "x" * 10_000}] * 20).json()["ids"]
            later.wait_for(len(ids), seconds=5)
            assert len(ids) < 400, "it is disconnected long before"
        assert later.ids() == ids


def test_an_event_named_connect_from_a_connected_viewer_subscribes_to_nothing(service: Service) -> None:
    with watching(service.url, "?site=honest") as (viewer,):
        viewer.client.emit("connect", ({}, {"site": "zzz"}))
        assert viewer.ask("subscribe", {"site": "honest"})["sites"] == ["honest"]
        service.post(site="zzz", log_message="not for it")
        service.post(site="honest", log_message="for it")
        viewer.wait_for(1)
        assert viewer.texts() == ["for it"]


@pytest.mark.parametrize("portions", [[range(1001)], [range(600), range(600, 1200)]])
def test_a_viewer_cannot_watch_more_than_a_thousand_sites(service: Service, portions: list[range]) -> None:
    with watching(service.url, "") as (viewer,):
        *fitting, last = [[f"s{number}" for number in portion] for portion in portions]
        assert all(viewer.ask("subscribe", {"site": sites})["ok"] for sites in fitting)
        response = viewer.ask("subscribe", {"site": last})
        assert (response["ok"], response["field"]) == (False, "site")


def test_a_viewer_may_name_the_same_six_hundred_sites_twice(service: Service) -> None:
    sites = [f"s{number}" for number in range(600)]
    with watching(service.url, "") as (viewer,):
        for _ in range(2):
            assert viewer.ask("subscribe", {"site": sites})["sites"] == sorted(sites)


def test_the_overview_of_three_thousand_sites_is_served(service: Service) -> None:
    for start in range(0, 3000, 1000):
        names = [f"many-{number}" for number in range(start, start + 1000)]
        assert post_all(service, [{"site": name, "log_message": "x"} for name in names]).status_code == 200

    def listed() -> int:
        response = requests.get(f"{service.url}/sites", timeout=10)
        assert response.status_code == 200
        return sum(each["site"].startswith("many-") for each in response.json())

    wait_until(lambda: listed() == 3000, "all sites are listed")


def test_a_thousand_messages_of_a_thousand_sites_may_each_have_a_uuid(service: Service) -> None:
    messages = [{"site": f"u{number}", "log_message": "x", "uuid": str(number)} for number in range(1000)]
    first, again = post_all(service, messages), post_all(service, messages)
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json()["ids"] == again.json()["ids"]


@pytest.mark.parametrize("transports", [["polling"], ["websocket"], ["polling", "websocket"]])
def test_viewers_that_leave_are_forgotten(service: Service, transports: list[str]) -> None:
    with forgotten(service), watching(service.url, *["?site=left"] * 30, transports=transports) as viewers:
        service.post(site="left", log_message="hello")
        for viewer in viewers:
            viewer.wait_for(1)


def test_messages_acknowledged_during_a_stop_are_delivered(tmp_path: Path) -> None:
    with running(f"sqlite:///{tmp_path}/x.db", tmp_path) as service:
        viewer = RawViewer(service.url, "tst")
        posters = [Poster(service.url, "tst", f"poster{number}", careful=False) for number in range(4)]
        try:
            wait_until(lambda: viewer.states, "the viewer is connected")
            for poster in posters:
                poster.start()
            wait_until(lambda: all(len(poster.acknowledged) >= 20 for poster in posters), "all are posting")
            assert service.stop() == 0
        finally:
            for poster in posters:
                poster.stop()
            viewer.leave()
        acknowledged = {id for poster in posters for id, _ in poster.acknowledged}
        assert acknowledged - set(viewer.ids()) == set()


def test_a_second_sigterm_does_not_disturb_the_stop(tmp_path: Path) -> None:
    with (
        running(f"sqlite:///{tmp_path}/x.db", tmp_path) as service,
        watching(service.url, "?site=tst") as (viewer,),
    ):
        assert service.process is not None
        service.process.send_signal(signal.SIGTERM)
        service.process.send_signal(signal.SIGTERM)
        assert service.process.wait(15) == 0
        assert "Traceback" not in service.log.read_text()
        wait_until(lambda: not viewer.client.connected, "the viewer was told")


def test_a_message_is_delivered_long_before_the_follower_would_poll(service: Service) -> None:
    with watching(service.url, "?site=prompt") as (viewer,):
        for number in range(5):
            service.post(site="prompt", log_message=str(number))
            viewer.wait_for(number + 1, seconds=1)


def test_messages_that_expired_while_the_service_was_down_are_deleted_at_startup(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/x.db"
    with running(url, tmp_path, MESSAGE_TTL="1h", PURGE_INTERVAL="1d") as service:
        service.post(site="tst", log_message="old")
        service.post(site="tst", log_message="new")
        with service.away() as database:
            age(database, 2 * 3600, message="old")
        wait_until(lambda: rows(url) == 1, "it is deleted")
        assert [found["message"] for found in service.recent(site="tst", after_id=0)] == ["new"]

"""Server-sent events, plain WebSockets and the data stream: what each viewer receives."""

from __future__ import annotations

import json
import socket
import time
from pathlib import Path
from typing import Any

import pytest
import requests
import sseclient
import websocket

from tests.support.messages import age
from tests.support.posters import Poster
from tests.support.service import Service, running, wait_until
from tests.support.streams import SOCKETS, STREAMS, connected, events, frames, upgrade


def test_every_frame_is_a_message_as_the_predecessor_documents_it(service: Service) -> None:
    with connected(service, "/ws?site=w1") as viewer, connected(service, "/logs/ws?site=other") as other:
        stored = service.post(site="w1", log_message="héllo 😀", log_level="ERR", timestamp=1604514063.4)
        expected = {
            "id": stored.json()["id"],
            "site": "w1",
            "message": "héllo 😀",
            "log_level": "error",
            "timestamp": "1604514063",
        }
        (frame,) = frames(viewer, 1)
        assert {name: frame[name] for name in expected} == expected
        assert set(frame) - set(expected) == {"received_at", "cursor"}
        assert abs(frame["received_at"] - time.time()) < 60
        service.post(site="other", log_message="for the other")
        assert frames(other, 1)[0]["message"] == "for the other", "nothing of another site came before"


def test_the_data_stream_puts_messages_into_the_envelope(service: Service) -> None:
    with connected(service, "/datastream?site=w2,w2-wema") as viewer:
        service.post(site="W2-wema", log_message="cloudy")
        (frame,) = frames(viewer, 1)
        assert (frame["topic"], frame["site"], frame["data"]["message"]) == (
            "userstatus",
            "w2-wema",
            "cloudy",
        )
        assert isinstance(frame["data"]["timestamp"], str)


@pytest.mark.parametrize("path", SOCKETS)
def test_a_viewer_that_resumes_is_told_its_position_first(service: Service, path: str) -> None:
    site = f"w3-{path}"
    ids = [service.post(site=site, log_message=text).json()["id"] for text in "abc"]
    with connected(service, f"/{path}?site={site}&after_id={ids[0]}") as viewer:
        first, *rest = frames(viewer, 3)
        assert first == {"subscribed": service.subscription_status(site)}
        assert [frame.get("data", frame)["id"] for frame in rest] == ids[1:]
        viewer.send('{"action": "caughtup"}')
        assert frames(viewer, 1) == [{"caughtup": {"last_id": ids[2], "cursor": service.cursor()}}]


def test_an_empty_cursor_means_that_the_viewer_has_seen_nothing_yet(service: Service) -> None:
    last = service.post(site="w4", log_message="before").json()["id"]
    with connected(service, "/ws?site=w4&after_id=") as viewer:
        assert frames(viewer, 1)[0]["subscribed"]["last_id"] == last
        live = service.post(site="w4", log_message="live").json()["id"]
        assert frames(viewer, 1)[0]["id"] == live


def test_a_viewer_of_every_site_gets_the_messages_of_all(service: Service) -> None:
    with connected(service, "/ws?site=*") as viewer, events(service, "?site=*") as stream:
        assert next(stream)[1]["sites"] == ["*"]
        ids = [service.post(site=site, log_message="x").json()["id"] for site in ("w5", "w6")]
        assert [frame["id"] for frame in frames(viewer, 2)] == ids
        assert [next(stream)[1]["id"] for _ in ids] == ids


@pytest.mark.parametrize("path", SOCKETS)
def test_a_viewer_may_post_and_only_one_that_resumes_gets_a_response(service: Service, path: str) -> None:
    site = f"{path}7"
    post = {"action": "newlog", "site": site, "log_message": "from a page", "timestamp": 12}
    resuming = connected(service, f"/{path}?site={site}&after_id=")
    with resuming as viewer, connected(service, f"/{path}?site={site}") as old:
        frames(viewer, 1)
        viewer.send(json.dumps({**post, "log_level": "loud"}))
        seen = [frame.get("data", frame) for frame in frames(viewer, 2)]
        (accepted,) = (frame["accepted"] for frame in seen if "accepted" in frame)
        assert "log_level is 'loud'" in accepted["warnings"][0]
        assert {frame["id"] for frame in seen if "id" in frame} == {accepted["id"]}
        old.send(json.dumps(post))
        assert [frame.get("data", frame)["message"] for frame in frames(old, 2)] == ["from a page"] * 2
        assert len(service.recent(site=site, after_time=0)) == 2


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ("nonsense", None),
        ("[]", None),
        ("[" * 100_000, None),
        (b"\xff\xfe", None),
        ("{}", "action"),
        ('{"action": []}', "action"),
        ('{"action": "newlog", "site": "tst"}', "log_message"),
        ('{"action": "updatesubscribersite"}', "site"),
        ('{"action": "updatesubscribersite", "site": "tst", "after_id": -1}', "after_id"),
    ],
)
@pytest.mark.parametrize("path", SOCKETS)
def test_an_invalid_action_is_answered_with_the_reason_and_changes_nothing(
    service: Service, path: str, said: str | bytes, field: str | None
) -> None:
    with connected(service, f"/{path}?site=w8") as viewer:
        viewer.send(
            said, websocket.ABNF.OPCODE_BINARY if isinstance(said, bytes) else websocket.ABNF.OPCODE_TEXT
        )
        (rejection,) = frames(viewer, 1)
        assert rejection["error"]
        assert rejection.get("field") == field
        service.post(site="w8", log_message="still here")
        (frame,) = frames(viewer, 1)
        assert frame.get("data", frame)["message"] == "still here"


@pytest.mark.parametrize("path", SOCKETS)
def test_a_viewer_switches_sites(service: Service, path: str) -> None:
    missed = service.post(site=f"{path}-new", log_message="missed").json()["id"]
    with connected(service, f"/{path}?site={path}-old") as viewer:
        viewer.send(
            json.dumps({"action": "updatesubscribersite", "site": f"{path}-NEW", "after_id": missed - 1})
        )
        told, backlog = frames(viewer, 2)
        assert told["subscribed"]["sites"] == [f"{path}-new"]
        service.post(site=f"{path}-old", log_message="not for it any more")
        service.post(site=f"{path}-new", log_message="live")
        found = [frame.get("data", frame)["message"] for frame in (backlog, *frames(viewer, 1))]
        assert found == ["missed", "live"]


@pytest.mark.parametrize("path", STREAMS)
@pytest.mark.parametrize(
    ("query", "field"), [("", "site"), ("?site=a%20b", "site"), ("?site=tst&after_id=x", "after_id")]
)
def test_bad_parameters_are_rejected_before_the_stream_begins(
    service: Service, path: str, query: str, field: str
) -> None:
    response = requests.get(f"{service.url}/{path}{query}", headers=upgrade(path), timeout=5)
    assert (response.status_code, response.json()["field"]) == (400, field)
    assert response.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 426),
        ({"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "8"}, 426),
        ({"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}, 400),
    ],
)
@pytest.mark.parametrize("path", SOCKETS)
def test_an_invalid_handshake_is_rejected(
    service: Service, path: str, headers: dict[str, str], status: int
) -> None:
    response = requests.get(f"{service.url}/{path}?site=tst", headers=headers, timeout=5)
    assert response.status_code == status
    assert response.json()["error"]


def test_a_fragmented_message_with_pings_in_between_is_understood(service: Service) -> None:
    with connected(service, "/ws?site=w9&after_id=") as viewer:
        frames(viewer, 1)
        said = json.dumps({"action": "newlog", "site": "w9", "log_message": "ü" * 200}).encode()
        for start in range(0, len(said), 7):
            last = start + 7 >= len(said)
            opcode = websocket.ABNF.OPCODE_CONT if start else websocket.ABNF.OPCODE_TEXT
            viewer.send_frame(websocket.ABNF(int(last), 0, 0, 0, opcode, 1, said[start : start + 7]))
            viewer.ping(b"here?")
        pongs = 0
        found: list[dict[str, Any]] = []
        while len(found) < 2:
            opcode, data = viewer.recv_data(control_frame=True)
            if opcode == websocket.ABNF.OPCODE_TEXT:
                found.append(json.loads(data))
            else:
                assert (opcode, data) == (websocket.ABNF.OPCODE_PONG, b"here?")
                pongs += 1
        assert pongs > 0
        assert {frame.get("message") for frame in found} == {None, "ü" * 200}


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (b"\x81\x82\0\0\0\0\xff\xff", 1007),  # text that is not UTF-8
        (b"\x83\x80\0\0\0\0", 1002),  # an opcode that does not exist
        (b"\x81\x01x", 1002),  # not masked
        (b"\x81\xff" + (300_000).to_bytes(8, "big") + bytes(4) + b" " * 300_000, 1009),
        (b"\x88\x85\0\0\0\0\x03\xe8bye", 1000),
    ],
)
def test_a_connection_is_closed_with_a_code_that_says_why(service: Service, frame: bytes, code: int) -> None:
    with connected(service, "/ws?site=tst") as viewer:
        assert viewer.sock is not None
        viewer.sock.sendall(frame)
        opcode, data = viewer.recv_data()
        assert (opcode, int.from_bytes(data[:2], "big")) == (websocket.ABNF.OPCODE_CLOSE, code)


def test_a_stop_says_why_the_streams_end_and_answers_waiting_requests(tmp_path: Path) -> None:
    with (
        running(f"sqlite:///{tmp_path}/x.db", tmp_path) as service,
        socket.create_connection(("127.0.0.1", service.port), 20) as waiting,
        connected(service, "/ws?site=tst") as viewer,
    ):
        waiting.sendall(b"GET /recent-logs?site=tst&after_id=0&wait=25 HTTP/1.1\r\nHost: x\r\n\r\n")
        with events(service, "?site=tst") as stream:  # requests are read in the order in which they arrive
            assert next(stream)[0] == "subscribed"
            assert service.stop() == 0
            assert next(stream)[:2] == ("closing", {"error": "the server stops: connect again"})
            assert list(stream) == [], "the answer has its proper end"
        opcode, data = viewer.recv_data()
        assert (opcode, data) == (websocket.ABNF.OPCODE_CLOSE, b"\x03\xe9the server stops: connect again")
        response = b"".join(iter(lambda: waiting.recv(1000), b""))
        assert response.startswith(b"HTTP/1.1 200 OK\r\n")
        assert response.endswith(b"\r\n\r\n[]")


@pytest.mark.parametrize("path", STREAMS)
def test_a_viewer_that_does_not_read_is_disconnected_and_others_notice_nothing(
    tmp_path: Path, path: str
) -> None:
    with running(f"sqlite:///{tmp_path}/x.db", tmp_path, VIEWER_BUFFER="64k") as service:
        with (
            socket.create_connection(("127.0.0.1", service.port), 60) as stalled,
            connected(service, "/ws?site=tst&after_id=0") as healthy,
        ):
            stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            stalled.sendall(
                f"GET /{path}?site=tst&after_id=0 HTTP/1.1\r\nHost: x\r\n".encode()
                + b"".join(f"{name}: {value}\r\n".encode() for name, value in upgrade(path).items())
                + b"\r\n"
            )
            assert stalled.recv(10)
            assert "subscribed" in frames(healthy, 1)[0]
            ids: list[int] = []
            for _ in range(10):  # much more than the kernel and the service buffer for it
                body = json.dumps([{"site": "tst", "log_message": "x" * 9_000}] * 20)
                ids += requests.post(f"{service.url}/newlog", body, timeout=10).json()["ids"]
                assert [frame["id"] for frame in frames(healthy, 20)] == ids[-20:]
            rest = b""
            while data := stalled.recv(1 << 20):
                rest = (rest + data)[-200:]
            assert b"too much waits to be read: resume with after_id" in rest
        with connected(service, f"/ws?site=tst&after_id={ids[0]}") as back:
            assert [frame.get("id") for frame in frames(back, len(ids))] == [None, *ids[1:]]


def test_a_page_that_may_not_connect_is_rejected(tmp_path: Path) -> None:
    allowed = "https://www.example.org"
    with running(f"sqlite:///{tmp_path}/x.db", tmp_path, CORS_ORIGINS=allowed) as service:
        with connected(service, "/ws?site=tst&after_id=", origin=allowed) as viewer:
            assert "subscribed" in frames(viewer, 1)[0]
        with connected(service, "/ws?site=tst&after_id=", origin=service.url) as viewer:
            assert "subscribed" in frames(viewer, 1)[0]
        with pytest.raises(websocket.WebSocketBadStatusException, match="403"):
            websocket.create_connection(
                f"{service.url.replace('http', 'ws')}/ws?site=tst", timeout=5, origin="https://evil.example"
            )
        with requests.get(
            f"{service.url}/events?site=tst", headers={"Origin": allowed}, stream=True, timeout=5
        ) as response:
            assert response.headers["Access-Control-Allow-Origin"] == allowed


def test_a_gap_is_reported_when_some_missed_messages_have_expired(tmp_path: Path) -> None:
    with running(f"sqlite:///{tmp_path}/x.db", tmp_path, MESSAGE_TTL="1h") as service:
        seen = service.post(site="tst", log_message="seen").json()["id"]
        service.post(site="tst", log_message="will be gone")
        with service.away() as database:
            age(database, 2 * 3600)
        with connected(service, f"/ws?site=tst&after_id={seen}") as viewer:
            assert frames(viewer, 1)[0]["subscribed"]["gap"] is True
        with events(service, f"?site=tst&after_id={seen}") as stream:
            assert next(stream)[1]["gap"] is True


def test_viewers_of_two_processes_see_the_same_order(postgres: Any, tmp_path: Path) -> None:
    url = postgres.ready()
    with running(url, tmp_path) as one, running(url, tmp_path) as two:
        posters = [Poster(service.url, "tst", f"poster{service.port}") for service in (one, two)]
        with (
            connected(one, "/ws?site=tst&after_id=0") as first,
            events(two, "?site=tst&after_id=0") as second,
        ):
            for poster in posters:
                poster.start()
            wait_until(lambda: all(len(poster.acknowledged) > 50 for poster in posters), "both have posted")
            for poster in posters:
                poster.stop()
            ids = sorted(id for poster in posters for id, _ in poster.acknowledged)
            frames(first, 1)
            assert [frame["id"] for frame in frames(first, len(ids))] == ids
            seen: list[int] = []
            while len(seen) < len(ids):
                event, content, _ = next(second)
                seen += [content["id"]] if event == "newlog" else []
            assert seen == ids


def test_something_comes_every_twenty_seconds_from_a_silent_site(tmp_path: Path) -> None:
    with running(f"sqlite:///{tmp_path}/x.db", tmp_path) as service:
        last = service.post(site="tst", log_message="the last one").json()["id"]
        client = websocket.create_connection(f"ws://127.0.0.1:{service.port}/ws?site=tst")
        client.settimeout(60)
        with requests.get(f"{service.url}/events?site=tst", stream=True, timeout=60) as response:
            events = sseclient.SSEClient(response.iter_content(None)).events()
            assert next(events).event == "subscribed"
            beat = next(events)
            assert (beat.event, json.loads(beat.data)["last_id"]) == ("caughtup", last)
        ping = client.recv_frame()  # type: ignore[no-untyped-call]
        assert ping.opcode == websocket.ABNF.OPCODE_PING
        client.shutdown()  # type: ignore[no-untyped-call]

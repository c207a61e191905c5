"""Server-sent events: what a viewer receives, and how it resumes."""

from __future__ import annotations

import socket

import requests

from tests.support.service import Service
from tests.support.streams import events


def test_server_sent_events_are_the_position_the_backlog_and_then_live_messages(
    service: Service,
) -> None:
    ids = [service.post(site="e1", log_message=text).json()["id"] for text in ("seen", "missed\nline 2")]
    with events(service, f"?site=E1&after_id={ids[0]}") as stream:
        assert next(stream) == ("subscribed", service.subscription_status("e1"), str(ids[0]))
        event, message, cursor = next(stream)
        assert (event, message["message"], message["log_level"], cursor) == (
            "newlog", "missed\nline 2", "info", message["cursor"],
        )  # fmt: skip
        assert isinstance(message["timestamp"], str)
        assert next(stream) == ("caughtup", {"last_id": ids[1], "cursor": cursor}, cursor)
        live = service.post(site="e1", log_message="live", log_level="WARN").json()["id"]
        assert next(stream)[1]["id"] == live


def test_a_browsers_last_event_id_overrides_the_cursor_in_the_url(service: Service) -> None:
    ids = [service.post(site="e2", log_message=text).json()["id"] for text in "abc"]
    with events(service, "?site=e2&after_id=0", headers={"Last-Event-ID": str(ids[1])}) as stream:
        assert [next(stream)[1].get("id") for _ in range(2)] == [None, ids[2]]


def test_a_library_that_cannot_send_a_header_sends_its_cursor_in_the_query(service: Service) -> None:
    ids = [service.post(site="e6", log_message=text).json()["id"] for text in "abc"]
    seen = service.recent(site="e6", after_id=ids[0])[0]["cursor"]
    with events(service, f"?site=e6&after_id=0&lastEventId={seen}") as stream:
        assert [next(stream)[1].get("id") for _ in range(2)] == [None, ids[2]]


def test_the_very_first_event_has_data_whichever_way_a_library_parses_it(service: Service) -> None:
    with requests.get(f"{service.url}/events?site=e7", stream=True, timeout=20) as response:
        first = next(response.iter_content(None)).decode().partition("\n\n")[0]
        assert [line.partition(":")[0] for line in first.split("\n")] == ["retry", "id", "event", "data"]
        assert response.headers["Cache-Control"] == "no-cache, no-transform"


def test_a_viewer_without_a_cursor_gets_one_to_resume_with(service: Service) -> None:
    service.post(site="e3", log_message="before")
    with events(service, "?site=e3") as stream:
        assert next(stream) == ("subscribed", service.subscription_status("e3"), service.cursor())


def test_a_client_without_chunked_encoding_gets_events_unchunked(service: Service) -> None:
    service.post(site="e4", log_message="old")
    with socket.create_connection(("127.0.0.1", service.port), 20) as client, client.makefile("rb") as lines:
        client.sendall(b"GET /events?site=e4&after_id=0 HTTP/1.0\r\nHost: x\r\n\r\n")
        head = list(iter(lines.readline, b"\r\n"))
        assert b"Transfer-Encoding: chunked\r\n" not in head
        assert lines.readline() == b"retry: 1000\n"
        assert lines.readline() == b"id: 0\n", "an event of its own would have no data"


def test_a_head_request_for_events_ends(service: Service) -> None:
    response = requests.head(f"{service.url}/events?site=tst", timeout=5)
    assert (response.status_code, response.headers["Content-Type"]) == (
        200,
        "text/event-stream; charset=utf-8",
    )

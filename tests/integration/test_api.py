"""The HTTP endpoints of the running service, used the way their clients use them."""

from __future__ import annotations

import json
import socket
import time
from typing import Any

import pytest
import requests
from hypothesis import given, settings

from tests.support.service import Service, wait_until
from tests.support.strategies import anything, near_misses
from tests.support.viewers import watching


def test_a_message_posted_as_the_observatory_software_does_can_be_read(service: Service) -> None:
    now = time.time()
    response = service.post(site="API1", log_message="\nSlewing…", log_level="INFO", timestamp=now)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"
    assert response.json()["warnings"] == []
    (found,) = service.recent(site="api1", after_time=int(now))
    received_at, cursor = found.pop("received_at"), found.pop("cursor")
    assert found == {
        "id": response.json()["id"],
        "site": "api1",
        "message": "\nSlewing…",
        "log_level": "info",
        "timestamp": int(now),
    }
    assert abs(received_at - now) < 60
    assert service.recent(site="api1", after_id=cursor) == []


def test_a_bare_nan_as_a_timestamp_loses_nothing(service: Service) -> None:
    body = '{"site": "nan", "log_message": "x", "timestamp": NaN}'
    response = requests.post(f"{service.url}/newlog", body, timeout=5)
    assert response.status_code == 200
    assert "timestamp" in response.json()["warnings"][0]
    assert abs(service.recent(site="nan")[0]["timestamp"] - time.time()) < 5


@pytest.mark.parametrize(
    "content_type", ["application/json", "text/plain", "application/x-www-form-urlencoded", "x"]
)
def test_the_content_type_does_not_matter(service: Service, content_type: str) -> None:
    response = requests.post(
        f"{service.url}/newlog",
        '{"site": "type", "log_message": "x"}',
        headers={"Content-Type": content_type},
        timeout=5,
    )
    assert response.status_code == 200


def test_an_array_is_stored_whole_with_ids_in_order(service: Service) -> None:
    texts = [str(number) for number in range(1000)]
    body = json.dumps([{"site": "array", "log_message": text} for text in texts])
    response = requests.post(f"{service.url}/newlog", body, timeout=5).json()
    assert response["warnings"] == []
    assert response["ids"] == list(range(response["ids"][0], response["ids"][0] + 1000))
    found = service.recent(site="array", after_id=0)
    assert [(each["id"], each["message"]) for each in found] == list(zip(response["ids"], texts, strict=True))


def test_one_bad_message_in_an_array_rejects_all_of_it(service: Service) -> None:
    body = json.dumps([{"site": "half", "log_message": "good"}, {"site": "half"}])
    response = requests.post(f"{service.url}/newlog", body, timeout=5)
    assert response.status_code == 400
    assert response.json() == {
        "error": "message 1: log_message is missing: send the text to show",
        "field": "log_message",
    }
    service.post(site="half", log_message="after it")
    assert [found["message"] for found in service.recent(site="half")] == ["after it"]


def test_a_repeated_uuid_returns_the_first_id_and_is_pushed_once(service: Service) -> None:
    with watching(service.url, "?site=uuid") as (viewer,):
        first = service.post(site="uuid", log_message="x", uuid="a").json()["id"]
        assert service.post(site="UUID", log_message="x", uuid="a").json()["id"] == first
        other = service.post(site="uuid", log_message="x", uuid="b").json()["id"]
        viewer.wait_for(2)
        assert viewer.ids() == [first, other]
    assert [found["id"] for found in service.recent(site="uuid")] == [first, other]


def test_a_chunked_body_is_accepted(service: Service) -> None:
    parts = iter([b'{"site": "chunks", ', b'"log_message": "x"}'])
    assert requests.post(f"{service.url}/newlog", parts, timeout=5).status_code == 200
    assert len(service.recent(site="chunks")) == 1


@pytest.mark.parametrize("stage", ["", "/logs", "/dev"])
def test_the_predecessors_base_paths_lead_to_the_same_log(service: Service, stage: str) -> None:
    body = json.dumps({"site": "stage", "log_message": stage or "/"})
    assert requests.post(f"{service.url}{stage}/newlog", body, timeout=5).status_code == 200
    found = requests.get(f"{service.url}{stage}/recent-logs?site=stage", timeout=5).json()
    assert found[-1]["message"] == (stage or "/")


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "field"),
    [
        ("POST", "/newlog", "{", 400, None),
        ("POST", "/newlog", '{"log_message": "x"}', 400, "site"),
        ("POST", "/newlog", "x" * 300_000, 413, None),
        ("GET", "/newlog", None, 405, None),
        ("GET", "/recent-logs", None, 400, "site"),
        ("GET", "/recent-logs?site=tst&after_time=soon", None, 400, "after_time"),
        ("GET", "/recent-logs?site=%00", None, 400, "site"),
        ("GET", "/sites?activity=7", None, 400, "activity"),
        ("GET", "/sites?activity=1e3", None, 400, "activity"),
        ("GET", "/sites?site=%00", None, 400, "site"),
        ("GET", "/nothing", None, 404, None),
        ("PATCH", "/sites", None, 405, None),
    ],
)
def test_every_rejection_is_json_with_cors_headers(
    service: Service, method: str, path: str, body: str | None, status: int, field: str | None
) -> None:
    response = requests.request(
        method, service.url + path, data=body, headers={"Origin": "http://x.example"}, timeout=5
    )
    assert response.status_code == status
    assert response.json()["error"]
    assert response.json().get("field") == field
    assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_a_chunked_body_without_end_is_rejected(service: Service) -> None:
    with socket.create_connection(("127.0.0.1", service.port), timeout=5) as client:
        client.sendall(b"POST /newlog HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        client.sendall((b"10000\r\n" + b" " * 65536 + b"\r\n") * 5 + b"0\r\n\r\n")
        assert client.recv(100).startswith(b"HTTP/1.1 413 ")


def test_a_truncated_or_garbled_body_is_rejected_and_harms_nobody(service: Service) -> None:
    with socket.create_connection(("127.0.0.1", service.port), timeout=5) as client:
        client.sendall(b"POST /newlog HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzzz\r\n")
        assert client.recv(100).startswith(b"HTTP/1.1 408 ")
    with socket.create_connection(("127.0.0.1", service.port), timeout=5) as client:
        client.sendall(b'POST /newlog HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{"site": "tst"')
        client.shutdown(socket.SHUT_WR)
        assert client.recv(100).startswith(b"HTTP/1.1 408 ")
    assert service.answers()


def test_a_preflight_allows_what_it_asks_for(service: Service) -> None:
    response = requests.options(
        f"{service.url}/newlog",
        headers={
            "Origin": "https://www.photonranch.org",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type",
        },
        timeout=5,
    )
    assert response.status_code == 200
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "POST" in response.headers["Access-Control-Allow-Methods"]
    assert "content-type" in response.headers["Access-Control-Allow-Headers"].lower()


def test_a_truncated_response_says_so_to_browsers_too(service: Service) -> None:
    for number in range(3):
        service.post(site="cut", log_message=str(number))
    response = requests.get(f"{service.url}/recent-logs?site=cut&limit=2", timeout=5)
    assert [found["message"] for found in response.json()] == ["1", "2"]
    assert response.headers["X-Truncated"] == "true"
    assert "X-Truncated" in response.headers["Access-Control-Expose-Headers"]
    assert "X-Truncated" not in requests.get(f"{service.url}/recent-logs?site=cut", timeout=5).headers


def test_sites_are_listed_with_their_last_message(service: Service) -> None:
    service.post(site="listed", log_message="first", log_level="error")
    last = service.post(site="listed", log_message="last").json()["id"]

    def found() -> Any:
        (site,) = requests.get(f"{service.url}/sites?site=listed", timeout=5).json()
        return site

    wait_until(lambda: found()["last"]["id"] == last, "the last message is delivered")
    assert found()["counts"] == {"debug": 0, "info": 1, "warning": 0, "error": 1, "critical": 0}


def test_no_body_causes_a_server_error(service: Service, full: bool) -> None:
    @settings(max_examples=300 if full else 60, deadline=None)
    @given(near_misses | anything)
    def post(content: object) -> None:
        response = requests.post(f"{service.url}/newlog", json.dumps(content), timeout=5)
        assert response.status_code in (200, 400), response.text
        assert response.status_code == 200 or response.json()["error"]

    post()


def test_a_thousand_unknown_labels_are_one_line_in_the_log(service: Service) -> None:
    before = len(service.log.read_text())
    messages = [{"site": "odd", "log_message": "x", "log_level": "loud", "timestamp": "noon"}] * 1000
    response = requests.post(f"{service.url}/newlog", json.dumps(messages), timeout=10)
    assert len(response.json()["warnings"]) == 2000
    (line,) = service.log.read_text()[before:].splitlines()
    assert (
        "corrected what 127.0.0.1 posted in 2000 places, for example: message 0: log_level is 'loud'" in line
    )


def test_only_the_origins_in_the_settings_may_read(strict: Service) -> None:
    def granted(origin: str) -> str | None:
        response = requests.get(f"{strict.url}/sites", headers={"Origin": origin}, timeout=5)
        assert response.headers["Vary"] == "Origin"
        return response.headers.get("Access-Control-Allow-Origin")

    assert granted("https://a.example") == "https://a.example"
    assert granted("https://b.example") is None


def test_only_pages_of_those_origins_and_the_services_own_may_connect(strict: Service) -> None:
    def status(origin: str) -> int:
        url = f"{strict.url}/socket.io/?EIO=4&transport=polling"
        return requests.get(url, headers={"Origin": origin}, timeout=5).status_code

    assert status("https://a.example") == 200
    assert status(strict.url) == 200
    assert status("https://b.example") == 400


def test_behind_a_router_the_clients_address_comes_from_its_header(service: Service) -> None:
    requests.post(
        f"{service.url}/newlog", "{", headers={"X-Forwarded-For": "6.6.6.6, 203.0.113.9"}, timeout=5
    )
    assert "rejected POST /newlog from 203.0.113.9:" in service.log.read_text()

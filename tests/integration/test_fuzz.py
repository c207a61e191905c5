"""The fuzzer, in short (`make fuzz` is the long run), and proof that each of its checks can fail."""

from __future__ import annotations

import gzip
import json
import socket
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from tests.fuzz import credentials, frames, inputs, routes
from tests.fuzz.attack import LAST, Seen, judge, talk, unanswered
from tests.fuzz.bystanders import Poster, delivery
from tests.fuzz.report import Report
from tests.fuzz.run import MAX_GROWTH_BYTES, Memory, alive, fuzz, in_log, kept
from tests.fuzz.url_map import all_routes
from tests.support.service import free_port, running
from userstatus import __version__

URL = "http://127.0.0.1:8080"
SECRET = "us_" + "a" * 32
NOW = "2026-11-24 23:00:00,123"


@pytest.mark.parametrize("keys", [False, True], ids=["open", "with keys"])
def test_thousands_of_odd_requests_harm_nobody(tmp_path: Path, keys: bool) -> None:
    report = fuzz(2000, "make test", tmp_path, keys)
    assert not report.findings, str(report)


MAKERS = [
    *[inputs.request, inputs.body, frames.packet, frames.said, frames.event],
    *[lambda random: credentials.header(random, ["us_x"]), lambda random: credentials.connecting(random, [])],
    *[
        lambda random: routes.request(random, "GET", "/sites"),
        lambda random: credentials.in_query(random, []),
    ],
]


@pytest.mark.parametrize("make", MAKERS)
def test_the_same_seed_makes_the_same_bytes(make: Callable[[Random], bytes]) -> None:
    first, second, other = ([make(random) for _ in range(50)] for random in (Random(1), Random(1), Random(2)))
    assert first == second != other


@pytest.mark.parametrize(
    ("kind", "answer", "found"),
    [
        ("http", b"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 500 INTERNAL\r\n\r\n", ["an answer of 500 to b'sent'"]),
        ("http", b"HTTP/1.1 503 UNAVAILABLE\r\n\r\n", ["an answer of 503 to b'sent'"]),
        ("http", b"HTTP/1.1 505 VERSION\r\n\r\nHTTP/1.1 400 BAD\r\n\r\n", []),
        ("ws", b"\x88\x09\x03\xf3because", ["a WebSocket closed as after an internal error (1011): b'sent'"]),
        ("ws", b"\x88\x09\x03\xeabecause", []),
    ],
)
def test_it_finds_a_response_that_is_the_servers_fault(kind: str, answer: bytes, found: list[str]) -> None:
    seen = Seen()
    judge(seen, kind, b"sent", answer)
    assert seen.findings == found


def test_it_knows_every_route_below_every_prefix(tmp_path: Path) -> None:
    found = all_routes(tmp_path)
    assert {"/newlog", "/logs/newlog", "/dev/newlog", "/dev/watch/tst", "/metrics", "/socket.io/"} <= {*found}


def test_it_assigns_each_response_to_its_request() -> None:
    answer = b"".join(
        [
            b"HTTP/1.1 405 NO\r\nContent-Length: 2\r\n\r\nno",
            b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n",
            b"HTTP/1.1 100 Continue\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
            b"HTTP/1.1 101 Switching Protocols\r\n\r\n\x81\x02{}",
        ]
    )
    assert routes.statuses(answer, ["BREW", "HEAD", "GET", "GET"]) == [405, 200, 200, 101]
    assert routes.statuses(answer, ["BREW", "GET", "GET", "GET"]) == [405, 200]  # a body that is not there


def test_it_finds_a_method_of_which_a_route_has_seen_nothing() -> None:
    answers = Counter({routes.key(method, "/x", 405): 1 for method in routes.METHODS[1:]})
    assert routes.uncovered(answers, ["/x"]) == ["no response to GET /x was seen"]
    answers[routes.key("GET", "/x", 200)] += 2
    assert routes.uncovered(answers, ["/x"]) == []
    assert routes.table(answers)[0].startswith("/x: GET 2 × 200; HEAD 1 × 405; ")


def test_it_finds_a_request_without_a_response() -> None:
    seen = Seen()
    unanswered(seen, [b"one", b"two"], b"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 404 NOT FOUND\r\n\r\n")
    unanswered(seen, [b"one", b"two"], b"HTTP/1.1 405 ODD\r\nConnection: close\r\n\r\n")
    assert seen.findings == []
    unanswered(seen, [b"one", b"two"], b"HTTP/1.1 100 GO ON\r\n\r\nHTTP/1.1 200 OK\r\n\r\n")
    assert seen.findings.pop() == "1 answers to 2 requests: b'onetwo'"
    unanswered(seen, [b"one", LAST], b'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{"status":"ok"}')
    assert "1 answers to 2 requests" in seen.findings[0]


def test_it_knows_what_was_stored() -> None:
    seen = Seen()
    judge(
        seen,
        "http",
        b"",
        b'HTTP/1.1 200 OK\r\n\r\n{"id":7,"warnings":[]}HTTP/1.1 200 OK\r\n\r\n{"ids":[8,9],"warnings":[]}',
    )
    assert seen.accepted == [7, 8, 9]


@pytest.mark.parametrize(
    ("received", "words"),
    [([1, 2, 3], []), ([1, 3], ["did not get 1"]), ([1, 2, 2, 3], ["twice"]), ([2, 1, 3], ["order"])],
)
def test_it_finds_messages_lost_duplicated_or_out_of_order(received: list[int], words: list[str]) -> None:
    found = delivery("the viewer", [1, 2, 3], received)
    assert len(found) == len(words)
    assert all(word in each for word, each in zip(words, found, strict=True))


@pytest.mark.parametrize(
    ("line", "count"),
    [
        (f"{NOW} WARNING userstatus.web.rejections: rejected GET / from 127.0.0.1: odd", 0),
        (f"userstatus {__version__} listens at {URL}".replace("127.0.0.1", "localhost"), 0),
        ("Traceback (most recent call last):", 1),
        (f"{NOW} ERROR userstatus.web.rejections: failed: Traceback", 1),
        (f"stray{NOW} WARNING userstatus.web.rejections: after something without an end of line", 1),
        (inputs.FORGED, 1),
        (f"{NOW} WARNING userstatus.web.rejections: rejected GET /events?key={SECRET}", 1),
    ],
)
def test_it_finds_output_that_is_not_a_log_line(tmp_path: Path, line: str, count: int) -> None:
    journal = json.dumps([0, 2**33, 4711, "http", "b'the bytes'"]) + "\n"
    (tmp_path / "sent-0.gz").write_bytes(gzip.compress(journal.encode()))
    log = tmp_path / "service.log"
    log.write_text(f"{NOW} INFO userstatus.server: started\n{line}\n")
    found = in_log(log, URL, tmp_path, [SECRET])
    assert len(found) == count
    assert all("b'the bytes'" in each for each in found)


def test_it_finds_a_message_that_is_gone_and_a_process_that_grew_or_ended(tmp_path: Path) -> None:
    with running(f"sqlite:///{tmp_path}/x.db", tmp_path) as service:
        memory = Memory(service)
        ids = [service.post(site="calm", log_message=str(number)).json()["id"] for number in range(3)]
        assert kept(service, ids) == []
        assert "1 acknowledged messages are not in" in kept(service, [*ids, 999])[0]
        assert "1 messages in /recent-logs were not acknowledged" in kept(service, ids[1:])[0]
        assert alive(service, memory, Report("")) == []
        memory.most += MAX_GROWTH_BYTES
        assert "memory has grown" in alive(service, memory, Report(""))[0]
        service.kill()
        assert "the process is gone" in alive(service, memory, Report(""))[0]
        assert "/recent-logs does not answer" in kept(service, ids)[0]


def test_it_finds_a_connection_that_hangs_and_a_poster_without_a_response() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        socket.create_connection(silent.getsockname(), 0.2) as connection,
        pytest.raises(TimeoutError),
    ):
        talk(connection, b"x")
    poster = Poster(free_port(), "calm")
    poster.start()
    poster.stop()
    assert "was not answered" in poster.findings[0]

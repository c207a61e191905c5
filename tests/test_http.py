"""HTTP as clients, proxies and attackers speak it: what is understood, refused, and logged."""

from __future__ import annotations

import gzip
import json
import re
import resource
import socket
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import Any

import pytest
import requests
from websocket import create_connection

from tests.service import PROJECT, Service, running, wait_until
from tests.test_attacks import exchange, process, status, without_traceback
from userstatus import green

MESSAGE = b'{"site": "tst", "log_message": "x"}'
CHUNKS = b"%x\r\n%b\r\n0\r\n\r\n" % (len(MESSAGE), MESSAGE)
HEALTHZ = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
LAST = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
ELSEWHERE = {"Origin": "https://b.example"}
LOG_LINE = re.compile(
    r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} [A-Z]+ \S+: |userstatus listens|Post a mess|  +\S"
)

# A start of the service whose deadlines for a whole head and a whole body are a second.
IMPATIENT = """
from userstatus import green
green.patch()
from userstatus import http, server
http.WHOLE_HEAD = http.WHOLE_BODY = 1
server.main()
"""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("http")
    with running(f"sqlite:///{folder}/x.db", folder) as found:
        yield found


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("strict")
    with running(f"sqlite:///{folder}/x.db", folder, CORS_ORIGINS="https://a.example") as found:
        yield found


def posting(*headers: bytes, body: bytes = MESSAGE) -> bytes:
    return b"POST /newlog HTTP/1.1\r\nHost: x\r\n%b\r\n\r\n%b" % (b"\r\n".join(headers), body)


def refused(answer: bytes, code: int) -> str:
    """See that this is one answer, as every refusal is, and the connection's last; what it says."""
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    assert status(answer) == code, answer
    assert answer.count(b"HTTP/1.1 ") == 1
    assert b"content-type: application/json" in lines
    assert b"connection: close" in lines
    assert b"access-control-allow-origin: *" in lines
    assert b"x-content-type-options: nosniff" in lines
    error: str = json.loads(body)["error"]
    return error


@pytest.mark.parametrize(
    "headers",
    [
        (b"Transfer-Encoding: xchunked",),
        (b"Transfer-Encoding: chunked, identity",),
        (b"Transfer-Encoding: gzip, chunked",),
        (b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked"),
        (b"Transfer-Encoding: chunked", b"Transfer-Encoding: identity"),
        (b"Transfer-Encoding:",),
        (b"Transfer-Encoding : chunked",),
        (b"Transfer-Encoding: chunked", b"Content-Length: 5"),
        (b"Content-Length: 5", b"Content-Length: 6"),
        (b"Content-Length: 5, 6",),
        (b"Content-Length: +0",),
        (b"Content-Length: 1_0",),
        (b"Content-Length: -1",),
        (b"Content-Length: 0x10",),
        (b"Content-Length:",),
        (b"Content-Length : 5",),
        (b"X-Folded: a", b" Content-Length: 5"),
        (b"no header at all",),
        (b": nameless",),
        (b"X: a\rContent-Length: 5",),
        (b"X: a\0b",),
        (b"Host: y",),
    ],
    ids=lambda headers: b" & ".join(headers).decode(),
)
def test_a_head_that_two_programs_could_read_in_two_ways_is_refused(
    service: Service, headers: tuple[bytes, ...]
) -> None:
    """Nothing behind it is taken for another request, as it could be the body."""
    refused(exchange(service, posting(*headers, body=CHUNKS) + LAST), 400)


@pytest.mark.parametrize(
    "body",
    [
        b"+5\r\nabcde\r\n0\r\n\r\n",
        b"0x5\r\nabcde\r\n0\r\n\r\n",
        b"3\r\nabcde\r\n0\r\n\r\n",
        b"-5\r\n",
        b"1_0\r\n",
    ],
)
def test_chunks_that_two_programs_could_read_in_two_ways_are_refused(service: Service, body: bytes) -> None:
    refused(exchange(service, posting(b"Transfer-Encoding: chunked", body=body) + LAST), 408)


def test_a_body_that_nobody_reads_and_that_makes_no_sense_is_no_error_of_the_server(service: Service) -> None:
    with without_traceback(service):
        answer = exchange(
            service, b"POST /nowhere HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"
        )
        assert status(answer) == 404


def test_a_line_without_end_within_a_body_in_chunks_is_not_kept(service: Service) -> None:
    refused(exchange(service, posting(b"Transfer-Encoding: chunked", body=b"1" * 100_000)), 408)


@pytest.mark.parametrize("encoding", [b"chunked", b"Chunked"])
def test_chunks_with_extensions_and_trailers_are_taken(service: Service, encoding: bytes) -> None:
    body = b"%x;a=b\r\n%b\r\n0\r\nX: y\r\n\r\n" % (len(MESSAGE), MESSAGE)
    answer = exchange(service, posting(b"Transfer-Encoding: " + encoding, body=body) + LAST)
    assert (status(answer), answer.count(b"HTTP/1.1 200 ")) == (200, 2)


def test_empty_lines_before_a_request_are_skipped(service: Service) -> None:
    posted = posting(b"Content-Length: %d" % len(MESSAGE))
    answer = exchange(service, b"\r\n" + posted + b"\r\n\n" + LAST)
    assert answer.count(b"HTTP/1.1 200 ") == 2
    refused(exchange(service, b"\r\n" * 1000 + LAST), 400)
    refused(exchange(service, b"\rX" + LAST), 400)


def test_an_empty_line_behind_a_body_is_no_request_that_has_begun(tmp_path: Path) -> None:
    with (
        running(f"sqlite:///{tmp_path}/x.db", tmp_path, sys.executable, "-c", IMPATIENT) as service,
        socket.create_connection(("127.0.0.1", service.port), 10) as resting,
        socket.create_connection(("127.0.0.1", service.port), 10) as begun,
    ):
        resting.sendall(posting(b"Content-Length: %d" % len(MESSAGE)) + b"\r\n")
        assert resting.recv(1000).startswith(b"HTTP/1.1 200 ")
        begun.sendall(b"G")
        assert status(begun.recv(1000)) == 408, "a request that has begun has to go on"
        resting.sendall(HEALTHZ)
        assert resting.recv(1000).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("target", [b"http://x/healthz", b"HTTP://other:80/healthz?", b"http://x//healthz"])
def test_the_address_of_a_request_may_be_whole(service: Service, target: bytes) -> None:
    answer = exchange(service, b"GET %b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" % target)
    assert (status(answer), b'"ok"' in answer) == (200, True)


@pytest.mark.parametrize("target", [b"*", b"http://x", b"http://x?a"])
def test_the_options_of_the_whole_service_can_be_asked_for(service: Service, target: bytes) -> None:
    answer = exchange(service, b"OPTIONS %b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" % target)
    assert (status(answer), b"Access-Control-Allow-Methods: GET, POST" in answer) == (200, True)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (b"GET / HTTP/2.0\r\n\r\n", 505),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
        (b"GET /%b HTTP/1.1\r\nHost: x\r\n\r\n" % (b"x" * 9000), 414),
        (b"GET / HTTP/1.1\r\nX: %b\r\n\r\n" % (b"x" * 9000), 431),
        (b"GET / HTTP/1.1\r\n%b\r\n" % (b"X: x\r\n" * 101), 431),
        (b"GET / HTTP/1.1\r\n%b\r\n" % (b"X: %b\r\n" % (b"x" * 8000) * 9), 431),
        (b"GET /\r\n\r\n", 400),
        (b"GET / HTTP/0.9\r\n\r\n", 400),
        (b"GET / HTTP/1.1.1\r\n\r\n", 400),
        (b"GET * HTTP/1.1\r\n\r\n", 400),
        (b"GET healthz HTTP/1.1\r\n\r\n", 400),
        (b"GET /a b HTTP/1.1\r\n\r\n", 400),
        (b"GET /a\tb HTTP/1.1\r\n\r\n", 400),
        (b"CONNECT example.org:443 HTTP/1.1\r\n\r\n", 400),
        (b"G(T / HTTP/1.1\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n", 400),
    ],
)
def test_what_never_reaches_the_application_is_refused_like_everything_else(
    service: Service, said: bytes, code: int
) -> None:
    assert refused(exchange(service, said), code)


@pytest.mark.parametrize("header", [b"", b"Connection: keep-alive, upgraded\r\n"])
def test_half_a_request_for_a_websocket_is_no_error_of_the_server(service: Service, header: bytes) -> None:
    said = opening("/socket.io/?EIO=4&transport=websocket")
    answer = exchange(service, said.replace(b"Connection: Upgrade\r\n", header) + LAST)
    assert (status(answer), answer.count(b"HTTP/1.1 200 ")) == (400, 1)


def test_such_a_refusal_arrives_though_much_of_the_request_is_unread(service: Service) -> None:
    refused(exchange(service, b"GET / HTTP/3.0\r\n\r\n" + b"x" * 1_000_000), 505)


def test_a_page_of_a_known_origin_can_read_such_a_refusal(strict: Service) -> None:
    said = b"POST /newlog HTTP/1.1\r\nHost: x\r\nOrigin: https://%b.example\r\nContent-Length: x\r\n\r\n"
    assert b"Access-Control-Allow-Origin: https://a.example\r\n" in exchange(strict, said % b"a")
    assert b"Access-Control-Allow-Origin" not in exchange(strict, said % b"b")


def kind(value: object) -> str:
    """The name of a parameter of a test: bytes that were compressed would make a bad one."""
    return value if isinstance(value, str) else str(value) if isinstance(value, int) else "body"


def compressed(service: Service, body: bytes, encoding: str) -> requests.Response:
    return requests.post(
        f"{service.url}/newlog", body, headers={"Content-Encoding": encoding, "Origin": "x"}, timeout=5
    )


def raw_deflate(body: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return compressor.compress(body) + compressor.flush()


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(MESSAGE)),
        ("X-GZIP", gzip.compress(MESSAGE)),
        ("deflate", zlib.compress(MESSAGE)),
        ("deflate", raw_deflate(MESSAGE)),
        ("identity", MESSAGE),
    ],
    ids=kind,
)
def test_a_compressed_message_is_taken(service: Service, encoding: str, body: bytes) -> None:
    assert compressed(service, body, encoding).status_code == 200


@pytest.mark.parametrize(
    ("encoding", "body", "code"),
    [
        ("br", MESSAGE, 415),
        ("gzip, gzip", gzip.compress(gzip.compress(MESSAGE)), 415),
        ("gzip", gzip.compress(b" " * 300_000), 413),
        ("gzip", gzip.compress(b" " * 200_000_000, 1)[:200_000], 413),
        ("gzip", gzip.compress(MESSAGE)[:-9], 400),
        ("gzip", gzip.compress(MESSAGE) * 2, 400),
        ("gzip", MESSAGE, 400),
        ("deflate", MESSAGE, 400),
        ("gzip", b"", 400),
    ],
    ids=kind,
)
def test_a_compressed_body_that_cannot_be_taken_is_refused(
    service: Service, encoding: str, body: bytes, code: int
) -> None:
    answer = compressed(service, body, encoding)
    assert answer.status_code == code, answer.text
    if code == 415:
        assert encoding in answer.json()["error"]
        assert answer.headers["Accept-Encoding"] == "gzip, deflate"


def test_who_sends_a_form_is_told_what_to_send(service: Service) -> None:
    for answer in (
        requests.post(f"{service.url}/newlog", {"site": "tst", "log_message": "x"}, timeout=5),
        requests.post(f"{service.url}/newlog", files={"site": "tst"}, timeout=5),
    ):
        assert answer.status_code == 400
        assert re.fullmatch(r"the body is a form \(.*\): send JSON, like .*", answer.json()["error"])


def test_json_is_taken_whatever_curl_calls_it(service: Service) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    for body, code in ((MESSAGE, 200), (b'{"site": "tst"}', 400)):
        answer = requests.post(f"{service.url}/newlog", body, headers=headers, timeout=5)
        assert (answer.status_code, answer.json().get("field")) == (
            code,
            None if code == 200 else "log_message",
        )


@pytest.mark.parametrize(
    "path", ["/newlog", "/logs/newlog", "/dev/newlog", "/newlog/", "//newlog", "/nowhere"]
)
def test_a_page_of_an_origin_that_is_not_allowed_cannot_post(strict: Service, path: str) -> None:
    def posted(**headers: str) -> requests.Response:
        return requests.post(strict.url + path, MESSAGE, headers=headers, timeout=5)

    answer = posted(**ELSEWHERE)
    assert (answer.status_code, "https://b.example" in answer.json()["error"]) == (403, True)
    assert posted(Origin="null").status_code == 403
    known = 404 if path == "/nowhere" else 200
    assert posted().status_code == known
    assert posted(Origin="https://a.example").status_code == known
    assert posted(Origin=strict.url).status_code == known
    with requests.get(f"{strict.url}/recent-logs?site=tst&after_id=0", timeout=5) as found:
        assert len(found.json()) % 3 == 0, "nothing of what was refused is stored"


def test_a_proxy_may_say_that_it_was_asked_by_tls_but_nothing_else(strict: Service) -> None:
    def posted(scheme: str, origin: str) -> int:
        headers = {
            "X-Forwarded-For": "203.0.113.9",
            "X-Forwarded-Proto": scheme,
            "Origin": origin,
            "Host": "h",
        }
        return requests.post(f"{strict.url}/newlog", MESSAGE, headers=headers, timeout=5).status_code

    assert posted("https", "https://h") == 200
    assert posted("http,https", "https://h") == 200
    assert posted("javascript", "javascript://h") == 403
    assert posted("javascript", "http://h") == 200


@pytest.mark.parametrize(
    "path", ["/watch", "/watch/", "//watch", "/watch//tst", "/logs//healthz", "//b.example/.."]
)
def test_no_redirect_names_a_host_that_a_client_has_named(service: Service, path: str) -> None:
    answer = exchange(
        service,
        b"GET %b HTTP/1.1\r\nHost: b.example\r\nX-Forwarded-Proto: javascript\r\nX-Forwarded-For: 9.9.9.9\r\n"
        b"X-Forwarded-Host: b.example\r\nConnection: close\r\n\r\n" % path.encode(),
    )
    locations = re.findall(rb"\r\nLocation: ([^\r]*)", answer)
    assert all(re.match(rb"/[^/]", location) for location in locations), locations


def every_kind(service: Service) -> Iterator[requests.Response]:
    session = requests.Session()
    for method, path, body in (
        ("GET", "/", None),
        ("GET", "/watch", None),
        ("GET", "/static/nothing.js", None),
        ("GET", "/healthz", None),
        ("GET", "/recent-logs?site=tst", None),
        ("POST", "/newlog", MESSAGE),
        ("POST", "/newlog", b"{"),
        ("OPTIONS", "/newlog", None),
        ("GET", "/events?site=tst", None),
        ("GET", POLLING, None),
        ("GET", f"{POLLING}&sid=none", None),
        ("GET", "/socket.io/?EIO=3", None),
    ):
        with session.request(
            method, service.url + path, data=body, timeout=5, stream=True, allow_redirects=False
        ) as answer:
            yield answer


def test_the_answer_to_a_websockets_handshake_tells_browsers_so_too(service: Service) -> None:
    for path in ("/ws?site=tst", "/socket.io/?EIO=4&transport=websocket"):
        client = create_connection(f"ws://127.0.0.1:{service.port}{path}", timeout=5)
        assert (client.getheaders() or {})["x-content-type-options"] == "nosniff"
        client.shutdown()  # type: ignore[no-untyped-call]


def test_every_answer_tells_browsers_to_take_it_for_what_it_says_it_is(service: Service) -> None:
    for answer in every_kind(service):
        assert answer.headers.get("X-Content-Type-Options") == "nosniff", answer.url
    with closing(create_connection(f"{service.url.replace('http', 'ws')}/ws?site=tst", timeout=5)) as viewer:
        assert (viewer.getheaders() or {})["x-content-type-options"] == "nosniff"


def test_a_page_elsewhere_cannot_frame_ours(service: Service) -> None:
    policy = requests.get(service.url, timeout=5).headers["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in policy


FAKE = "2026-01-01 00:00:00,000 INFO userstatus.server: stopped"
QUOTED = FAKE.replace(" ", "%20")
UPGRADE = "Connection: Upgrade\r\nUpgrade: websocket"
POLLING = "/socket.io/?EIO=4&transport=polling"


@pytest.mark.parametrize(
    "said",
    [
        f"GET /socket.io/%0a{QUOTED} HTTP/1.1\r\n{UPGRADE}",
        f"GET /socket.io/%0a{QUOTED}?EIO=4&transport=websocket HTTP/1.1\r\n{UPGRADE}",
        f"GET /socket.io/%0a{QUOTED}?EIO=4 HTTP/1.1\r\n{UPGRADE}\r\nSec-WebSocket-Version: 13",
        f"GET {POLLING}&sid=%0a{QUOTED} HTTP/1.1",
        f"GET {POLLING}&sid=%e2%80%a8{QUOTED} HTTP/1.1",
        f"POST {POLLING}&sid=%0d{QUOTED} HTTP/1.1",
        f"POST /newlog/%1b[2J%0a{QUOTED} HTTP/1.1",
        f"GET /recent-logs/%c2%85{QUOTED}?site=%0a{QUOTED} HTTP/1.1",
        f"POST /newlog HTTP/1.1\r\nX-Forwarded-For: \x0b{FAKE}\x85",
        f"GET / HTTP/1.1\r\n\x0b{FAKE}",
        f"\x0b{FAKE}",
    ],
)
def test_no_client_writes_lines_of_its_own_into_the_log(service: Service, said: str) -> None:
    before = len(service.log.read_bytes())
    exchange(service, f"{said}\r\n\r\n".encode("latin-1") + LAST)
    written = service.log.read_bytes()[before:].decode()
    assert all(LOG_LINE.match(line) for line in written.split("\n")[:-1]), written
    assert not any(line.startswith(FAKE) for line in written.splitlines())
    assert written.replace("\n", "").isprintable(), written


def opening(path: str) -> bytes:
    """The request for a WebSocket."""
    key = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
    return f"GET {path} HTTP/1.1\r\nHost: x\r\n{UPGRADE}\r\n{key}\r\n\r\n".encode()


BREAKING = [
    b"G",
    HEALTHZ * 200,
    posting(b"Content-Length: 99"),
    posting(b"Transfer-Encoding: chunked", body=b"5\r\n"),
    posting(b"Transfer-Encoding: chunked", body=b"3\r\nabcde").replace(b"newlog", b"nowhere"),
    b"GET /events?site=tst HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /recent-logs?site=none&wait=9 HTTP/1.1\r\nHost: x\r\n\r\n",
    opening("/ws?site=tst"),
    opening("/ws?site=tst") + b"\x81\xff",
    opening("/socket.io/?EIO=4&transport=websocket&site=tst"),
    opening("/socket.io/?EIO=4&transport=websocket&site=tst") + b"\x81\x82\0\0\0\x0040\x81\xff",
]


def test_broken_connections_write_nothing_past_the_log(tmp_path: Path) -> None:
    with running(f"sqlite:///{tmp_path}/x.db", tmp_path) as service:
        for pause in (0, 0.05):  # before and after the service has begun to answer
            for said in BREAKING:
                with socket.create_connection(("127.0.0.1", service.port), 5) as connection:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # reset
                    connection.sendall(said)
                    time.sleep(pause)
                service.post(site="tst", log_message="to those who have gone, too")
        assert service.stop() == 0
        written = service.log.read_text()
        assert "Traceback" not in written, written
        assert all(LOG_LINE.match(line) for line in written.splitlines()), written


def test_an_outage_of_descriptors_is_one_line(tmp_path: Path) -> None:
    with running(f"sqlite:///{tmp_path}/x.db", tmp_path) as service:
        _, hard = resource.prlimit(process(service), resource.RLIMIT_NOFILE)
        resource.prlimit(process(service), resource.RLIMIT_NOFILE, (40, hard))
        with ExitStack() as connections:
            for _ in range(60):
                connections.enter_context(socket.create_connection(("127.0.0.1", service.port), 10))
            wait_until(lambda: "no more connections" in service.log.read_text(), "none is left")
            time.sleep(5 * green.EXHAUSTED)  # it goes on trying
        assert service.answers()
        assert service.log.read_text().count("no more connections") == 1


def drip(service: Service, said: bytes) -> bytes:
    """Send the beginning of something at once, and then a byte at a time; what is answered in the end."""
    with socket.create_connection(("127.0.0.1", service.port), 10) as connection:
        connection.sendall(said)
        connection.settimeout(0.1)
        for _ in range(50):
            with suppress(TimeoutError):
                connection.sendall(b"1")
                return connection.recv(1000)
    raise AssertionError("it may go on for ever")


def test_a_client_that_sends_a_byte_at_a_time_does_not_hold_on_for_ever(tmp_path: Path) -> None:
    beginnings = (
        b"G",
        b"GET / HTTP/1.1\r\nX: ",
        posting(b"Content-Length: 1000", body=b""),
        posting(b"Transfer-Encoding: chunked", body=b"fff\r\n"),
    )
    with (
        running(f"sqlite:///{tmp_path}/x.db", tmp_path, sys.executable, "-c", IMPATIENT) as service,
        ThreadPoolExecutor(len(beginnings)) as dripping,
        socket.create_connection(("127.0.0.1", service.port), 10) as resting,
    ):
        resting.sendall(HEALTHZ)
        answers = list(dripping.map(lambda said: drip(service, said), beginnings))
        assert [status(answer) for answer in answers] == [408] * len(beginnings)
        assert b'"ok"' in resting.recv(1000)
        resting.sendall(HEALTHZ)
        assert b'"ok"' in resting.recv(1000), "between two requests a connection may rest for longer"


def test_connections_inherit_what_finds_out_that_nobody_is_at_the_other_end() -> None:
    listener = green.listen("127.0.0.1", 0)
    with socket.create_connection(listener.getsockname(), 5):
        accepted: Any = listener.accept()[0]
        assert accepted.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        timeout = accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
        asking = accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE)
        assert 0 < timeout <= 40_000
        assert 0 < asking + timeout / 1000 <= 60
        accepted.close()
    listener.close()


@pytest.mark.parametrize(
    "url",
    [
        "postgresql:u:SECRET@h/d",
        "postgresql://u:x@SECRET@127.0.0.1:1/d",
        "postgresql://u:x/SECRET@127.0.0.1:1/d",
        "postgresql://u:1/SECRET@127.0.0.1:1/d",
        "postgresql://u:1?SECRET@127.0.0.1:1/d",
        "postgresql://u:SECRET",
        "postgres://u:x#SECRET@127.0.0.1:1/d",
        "postgres:u:SECRET",
        "u:SECRET@h",
        "host=h password=SECRET dbname=d",
        "PGPASSWORD=SECRET host=h",
        "jdbc:postgresql://h/d;password=SECRET",
        "postgres://u:12SECRET34/h",
        "u/SECRET@h:5432/d",
    ],
)
def test_no_start_that_fails_tells_a_password(url: str) -> None:
    ended = subprocess.run(
        [sys.executable, "app.py"],
        cwd=PROJECT,
        env={"DATABASE_URL": url, "PORT": "1"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1), ended.stderr
    assert "SECRET" not in ended.stderr
    assert "DATABASE_URL" in ended.stderr

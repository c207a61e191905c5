"""WebSockets that violate the protocol: no exception escapes, and no other client notices."""

from __future__ import annotations

import json
import random
import socket
import struct
from collections.abc import Callable
from contextlib import suppress

import pytest

from tests.support.frames import BINARY, CLOSE, CONTINUATION, PING, PONG, SOCKETIO, TEXT, frame, opened, rest
from tests.support.inspection import written
from tests.support.service import Service
from tests.support.viewers import watching

PATHS = ("/ws?site=tst", "/datastream?site=tst&after_id=0", SOCKETIO)
SHORT, FULL = 150, 600  # random sequences
SAID = (
    b"",
    b"x",
    b"40",
    b'40{"site":"tst","after_id":0}',
    b"41",
    b'420["subscribe",{"site":"tst"}]',
    b'42["subscribe"',
    b"4" + b"[" * 3000,
    b'451-["x",{"_placeholder":true,"num":0}]',
    b"2probe",
    b"5",
    b'{"action":"newlog","site":"tst","log_message":"\\ud800"}',
    b'{"action":"\\ud800"}',
    b'{"action":"updatesubscribersite","site":[[]],"after_id":-1}',
    b'{"action":"newlog","timestamp":%b}' % (b"9" * 5000),
    b"[" * 5000,
    b"\xff\xfe\x00",
    "é".encode()[:1],
    struct.pack("!H", 1000),
    struct.pack("!H", 1005),
    struct.pack("!H", 4999) + b"bye \xff",
    b"\x03",
)


def masked(random: random.Random) -> bytes:
    return frame(
        random.choice(SAID), random.choice((TEXT, TEXT, TEXT, BINARY, CONTINUATION)), random.random() < 0.8
    )


def control(random: random.Random) -> bytes:
    return frame(random.choice(SAID), random.choice((CLOSE, PING, PONG)), random.random() < 0.9)


def odd_head(random: random.Random) -> bytes:
    """Reserved bits, unknown opcodes, wrong lengths, a missing mask."""
    return bytes([random.randrange(256), random.randrange(256)]) + random.randbytes(random.randrange(12))


def unmasked(_: random.Random) -> bytes:
    return b"\x81\x01x"


def huge(random: random.Random) -> bytes:
    return struct.pack("!BBQ", 0x81, 0xFF, random.choice((2**63, 2**63 - 1, 70_000, 5))) + bytes(4)


KINDS: tuple[Callable[[random.Random], bytes], ...] = (
    masked,
    masked,
    masked,
    control,
    odd_head,
    unmasked,
    huge,
)


def sequence(random: random.Random) -> bytes:
    said = b"".join(random.choice(KINDS)(random) for _ in range(random.randrange(1, 8)))
    return said[: random.randrange(1, len(said) + 1)] if random.random() < 0.2 else said


def in_pieces(connection: socket.socket, said: bytes, random: random.Random) -> None:
    """Send some of the first bytes one by one, and then the rest."""
    alone = random.choice((0, 0, 1, 2, 7))
    with suppress(OSError):  # the service may close first
        for each in said[:alone]:
            connection.sendall(bytes([each]))
        connection.sendall(said[alone:])
        connection.shutdown(socket.SHUT_WR)


def test_random_frames_end_at_most_the_connection_that_they_came_on(service: Service, full: bool) -> None:
    source = random.Random(13)
    with watching(service.url, "?site=aside") as (other,):
        for number in range(FULL if full else SHORT):
            with opened(service, PATHS[number % len(PATHS)]) as connection:
                in_pieces(connection, sequence(source), source)
                rest(connection)
        service.post(site="aside", log_message="all the same")
        assert other.wait_for(1)[0]["message"] == "all the same"
    log = written(service, 0)
    assert "Traceback" not in log
    assert max(map(len, log.splitlines())) < 1000


@pytest.mark.parametrize("path", PATHS)
def test_frames_after_a_close_frame_are_ignored(service: Service, path: str) -> None:
    action = json.dumps({"action": "newlog", "site": "after-close", "log_message": "x"}).encode()
    with opened(service, path) as connection:
        connection.sendall(frame(struct.pack("!H", 1000), CLOSE))
        heard = b""
        while not heard.endswith(b"\x88\x02\x03\xe8"):
            heard += connection.recv(1)
        with suppress(OSError):  # the service may close first
            connection.sendall(frame(action) + frame(b"", CLOSE) + frame(b"", PING))
            connection.shutdown(socket.SHUT_WR)
        assert rest(connection) == b""
    service.post(site="after-close", log_message="after it")
    assert {found["message"] for found in service.recent(site="after-close")} == {"after it"}
    assert "Traceback" not in written(service, 0)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (frame(b"\xff"), 1007),
        (b"\x81\x01x", 1002),
        (frame(b"", 3), 1002),
        (frame(b"x", CONTINUATION), 1002),
        (frame(b"x", TEXT, fin=False) + frame(b"x"), 1002),
        (frame(b"x" * 126, PING), 1002),
        (frame(b"", PING, fin=False), 1002),
        (b"\xc1\x80" + bytes(4), 1002),
        (frame(b"\x03", CLOSE), 1002),
        (frame(struct.pack("!H", 1006), CLOSE), 1002),
    ],
)
@pytest.mark.parametrize("path", PATHS)
def test_a_protocol_error_is_answered_with_its_close_code(
    service: Service, path: str, said: bytes, code: int
) -> None:
    with opened(service, path) as connection:
        connection.sendall(said)
        with suppress(OSError):
            connection.shutdown(socket.SHUT_WR)
        assert struct.pack("!H", code) in rest(connection).rpartition(b"\x88")[2]

"""The listening socket: where it cannot listen, what its connections inherit, and when it waits."""

from __future__ import annotations

import errno
import logging
import socket
from contextlib import closing
from typing import Any

import pytest

from userstatus.errors import StartError
from userstatus.sockets import Connection
from userstatus.web import listener
from userstatus.web.listener import KEEPALIVE, SEND_BUFFER_BYTES, Listener, listen


def test_a_listener_that_cannot_listen_says_where() -> None:
    with pytest.raises(StartError, match=r"cannot listen on HOST 192\.0\.2\.1, PORT 1: "):
        listen("192.0.2.1", 1)


def test_an_accepted_connection_yields_to_others_and_notices_that_the_other_end_is_gone() -> None:
    with closing(listen("127.0.0.1", 0)) as listening:
        with socket.create_connection(listening.getsockname(), 10):
            accepted, _ = listening.accept()
        with closing(accepted):
            assert isinstance(accepted, Connection)
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            assert accepted.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
            # Linux reports twice the size, which includes its own bookkeeping.
            size = accepted.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)
            assert size in (SEND_BUFFER_BYTES, 2 * SEND_BUFFER_BYTES)
            for name, value in KEEPALIVE.items():
                if hasattr(socket, name):
                    assert accepted.getsockopt(socket.IPPROTO_TCP, getattr(socket, name)) == value


class Failing:
    """A socket whose `accept` fails with these error numbers, one after another, before it works."""

    def __init__(self, *numbers: int):
        self.numbers = list(numbers)

    def accept(self) -> str:
        if self.numbers:
            number = self.numbers.pop(0)
            raise OSError(number, errno.errorcode[number])
        return "accepted"


def test_a_lack_of_file_descriptors_is_waited_out_and_logged_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(listener, "ACCEPT_AGAIN_S", 0)
    lacking: Any = Listener(Failing(errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM))
    with caplog.at_level(logging.WARNING):
        assert lacking.accept() == "accepted"
    assert caplog.messages == ["no more connections can be accepted for now: EMFILE"]


def test_any_other_failure_to_accept_is_passed_on() -> None:
    with pytest.raises(OSError, match="EBADF"):
        Listener(Failing(errno.EBADF)).accept()

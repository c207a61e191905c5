"""The thread that sends: what it does with answers, pauses, other processes and clocks."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.basics import wait_until
from tests.support.senders import STORED, put, sending
from tests.support.spools import locked
from tests.support.telescopes import Answers, answering
from userstatus.client import holder_watch
from userstatus.client import sending as sending_module
from userstatus.client.bodies import body
from userstatus.client.file_lock import FileLock
from userstatus.client.spool import Spool


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    found = Spool(tmp_path / "x.spool", 10**9, pytest.fail)
    yield found
    found.close()


def test_what_is_left_to_another_is_not_sent_until_that_one_ends(spool: Spool) -> None:
    with answering(200, STORED) as server:
        sender = sending(server.url, spool)
        other = FileLock(sender.lock.path)
        assert other.acquire()
        put(spool, "one")
        assert not sender.flush(0.3)
        assert server.requests == []
        other.release()
        assert sender.close(30)
        assert len(server.requests) == 1


def test_the_pauses_grow_to_a_minute_and_are_never_alike(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending_module, "MIN_PAUSE_S", 0.001)
    with answering(500) as server:
        sender = sending(server.url, spool)
        put(spool, "one")
        sender.wake()
        wait_until(lambda: len(server.requests) >= 7, "it has tried again and again")
        sender.close(30)
    moments = [moment for moment, *_ in server.requests]
    pauses = [moments[number + 1] - moments[number] for number in range(len(moments) - 1)]
    assert len(set(pauses)) == len(pauses)
    assert pauses[5] > 0.001 * 2**5 / 2


def test_a_server_that_failed_is_asked_with_few_messages_and_then_gets_the_rest(spool: Spool) -> None:
    with answering(500) as server:
        sender = sending(server.url, spool)
        for _ in range(100):
            put(spool, "x")
        assert not sender.flush(30)
        assert not sender.flush(30)
        sender.close(30)
    assert [content.count(b"uuid") for *_, content in server.requests][:2] == [100, 20]


def test_a_pause_that_the_server_asks_for_holds_up_neither_flush_nor_close(spool: Spool) -> None:
    with answering(429, b"", Retry_After="1000") as server:
        sender = sending(server.url, spool)
        put(spool, "one")
        for _ in range(3):
            assert not sender.flush(20)
        run = sender._run
        assert run is not None
        assert not sender.close(20)
        assert not run.thread.is_alive()
    assert len(server.requests) == 1


def test_what_is_too_old_is_dropped_and_told(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending_module, "EXPIRY_S", 0.0)
    with answering(500) as server:
        sender = sending(server.url, spool, max_age=50)
        spool.put(body("tst", "old", "info", 0.0), 20, time.time() - 100)
        put(spool, "new")
        sender.wake()
        wait_until(lambda: spool.dropped(), "it is dropped")
        assert spool.count() == 1
        server.status, server.content = 200, STORED
        assert sender.close(30)
        assert b"were dropped before they could be sent" in server.requests[-1][2]


def test_a_process_that_cannot_send_lets_another_one_try(spool: Spool) -> None:
    """As that one may have the right key."""
    put(spool, "one")
    with answering(401) as refusing, answering(200, STORED) as server:
        waits, sends = sending(refusing.url, spool), sending(server.url, spool)
        waits.wake()
        wait_until(lambda: refusing.requests, "it is refused")
        assert sends.flush(30)
        assert sends.close(30)
        waits.close(0)


def texts(server: Answers) -> list[str]:
    """The texts that a server got, one in each request."""
    return [json.loads(content)["log_message"] for *_, content in server.requests]


def test_what_is_in_memory_is_sent_after_what_was_logged_before_it(spool: Spool) -> None:
    """Although the spool is locked, so that nothing that was sent can be deleted there."""
    with answering(200, STORED) as server:
        sender = sending(server.url, spool)
        put(spool, "0")
        with locked(spool.path):
            sender.keeper.put(body("tst", 1, "info", 0.0), 20, time.time())
            assert sender.flush(30)
            assert texts(server) == ["0", "1"]
        assert sender.close(30)
        assert texts(server) == ["0", "1"]
    assert spool.count() == 0


def test_what_is_in_memory_waits_for_what_another_process_has_to_send_until_the_program_ends(
    spool: Spool,
) -> None:
    with answering(200, STORED) as server:
        sender = sending(server.url, spool)
        other = FileLock(sender.lock.path)
        assert other.acquire()
        put(spool, "0")
        with locked(spool.path):
            sender.keeper.put(body("tst", 1, "info", 0.0), 20, time.time())
            assert not sender.flush(0.3)
            assert server.requests == []
            assert not sender.close(1)
        assert texts(server) == ["1"]
        other.release()


def test_another_process_that_does_not_send_is_told(
    spool: Spool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holder_watch, "HELD_S", 0.0)
    sender = sending("http://127.0.0.1:9", spool)
    other = FileLock(sender.lock.path)
    assert other.acquire()
    put(spool, "0")
    said: list[str] = []

    def is_told() -> bool:
        sender.wake()
        said.append(capsys.readouterr().err)
        return f"process {os.getpid()} has had the spool to send since " in "".join(said)

    wait_until(is_told, "it is told")
    sender.close(0)
    other.release()

"""The thread that sends: what it does with answers, pauses, several spools and clocks."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.basics import wait_until
from tests.support.telescopes import answering
from userstatus.client import sender as sender_module
from userstatus.client.bodies import body
from userstatus.client.complaints import Complaints
from userstatus.client.destination import Destination
from userstatus.client.file_lock import FileLock
from userstatus.client.sender import Sender
from userstatus.client.spool import Spool

STORED = b'{"id": 1, "warnings": []}'


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    found = Spool(tmp_path / "x.spool", 10**9, pytest.fail)
    yield found
    found.close()


def sending(url: str, *spools: Spool, max_age: float = 1000.0) -> Sender:
    path = spools[0].path
    assert path is not None
    return Sender(Destination(url, "tst"), spools, FileLock(Path(f"{path}.lock")), max_age, Complaints())


def put(spool: Spool, text: str) -> None:
    spool.put(body("tst", text, "info", time.time()), 20, time.time())


def test_what_waits_is_sent_and_forgotten(spool: Spool) -> None:
    with answering(200, STORED) as server:
        sender = sending(server.url, spool)
        put(spool, "one")
        assert sender.close(30)
        assert [b'"one"' in content for *_, content in server.requests] == [True]
    assert spool.count() == 0


def test_without_anything_to_send_nothing_is_started(spool: Spool) -> None:
    sender = sending("http://127.0.0.1:9", spool)
    assert sender.close(30)
    assert sender._run is None


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


def test_a_spool_that_cannot_be_read_does_not_hold_up_another(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    broken, memory = Spool(tmp_path / "file" / "x", 10**9, pytest.fail), Spool(None, 10**9, pytest.fail)
    with answering(200, STORED) as server:
        sender = sending(server.url, broken, memory)
        put(memory, "one")
        assert sender.close(30)
    assert memory.count() == 0


def test_the_pauses_grow_to_a_minute_and_are_never_alike(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender_module, "MIN_PAUSE_S", 0.001)
    with answering(500) as server:
        sender = sending(server.url, spool)
        put(spool, "one")
        sender.wake()
        wait_until(lambda: len(server.requests) >= 7, "it has tried again and again")
        sender.close(30)
    moments = [moment for moment, *_ in server.requests]
    pauses = [moments[place] - moments[place - 1] for place in range(1, len(moments))]
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


def test_it_ends_when_it_is_told_to_and_starts_again_when_it_is_woken(spool: Spool) -> None:
    with answering(200, STORED) as server:
        sender = sending(server.url, spool)
        sender.wake()
        first = sender._run
        assert first is not None
        sender.end()
        put(spool, "one")
        sender.wake()
        wait_until(lambda: spool.count() == 0, "the next one sends")
        assert sender._run is not first
        first.thread.join(30)  # it may have sent the message itself, just before it ended
        assert not first.thread.is_alive()
        assert sender.close(30)


def test_what_is_too_old_is_dropped_and_told(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender_module, "EXPIRY_S", 0.0)
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

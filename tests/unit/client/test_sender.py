"""Sending what waits: it is started, waited for within a time, and ended."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.basics import wait_until
from tests.support.senders import STORED, put, sending
from tests.support.spools import locked, locked_for_reading
from tests.support.telescopes import answering, silent
from userstatus.client.bodies import body
from userstatus.client.spool import Spool


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    found = Spool(tmp_path / "x.spool", 10**9, pytest.fail)
    yield found
    found.close()


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


def test_a_spool_that_cannot_be_read_does_not_hold_up_another(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    broken, memory = Spool(tmp_path / "file" / "x", 10**9, pytest.fail), Spool(None, 10**9, pytest.fail)
    with answering(200, STORED) as server:
        sender = sending(server.url, broken, memory)
        put(memory, "one")
        assert sender.close(30)
    assert memory.count() == 0


def test_it_is_not_done_while_a_spool_is_locked_in_which_something_may_wait(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "x.spool", 10**9, pytest.fail)
    put(spool, "one")
    spool.close()
    with answering(200, STORED) as server:
        sender = sending(server.url, spool)
        with locked_for_reading(tmp_path / "x.spool"):
            for seconds in (0.0, 0.1):
                assert not sender.flush(seconds)
        assert sender.flush(30)
        assert len(server.requests) == 1
        sender.close(30)


def test_what_is_moved_from_memory_to_disk_meanwhile_is_not_taken_for_sent(spool: Spool) -> None:
    put(spool, "before")
    spool.sent(spool.batch(0.0))
    done: list[bool] = []
    with silent() as url:
        sender = sending(url, spool)
        with locked(spool.path):
            sender.keeper.put(body("tst", "one", "info", 0.0), 20, time.time())
            waits = threading.Thread(target=lambda: done.append(sender.flush(1)))
            waits.start()
            wait_until(lambda: sender._run, "it sends")
        assert sender.keeper.restore()
        waits.join()
        assert (done, spool.count()) == ([False], 1)
        sender.close(0)

"""The messages that wait: which come next, what is dropped, what is kept for somebody to look at."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.spools import locked
from userstatus.client.spool import BATCH_BYTES, MAX_REFUSED, TRIM_EVERY, Dropped, Spool
from userstatus.client.spool_file import BUSY_S

NOW = 1_700_000_000.0


@pytest.fixture(params=["file", "memory"])
def spool(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Spool]:
    found = Spool(tmp_path / "x.spool" if request.param == "file" else None, 10**9, pytest.fail)
    yield found
    found.close()


def fill(spool: Spool, *levels: int, at: float = NOW) -> None:
    """Put messages of these levels, whose bodies are their numbers, a second apart."""
    for number, level in enumerate(levels):
        spool.put(str(number), level, at + number)


def bodies(spool: Spool, now: float = NOW) -> list[str]:
    return [each.body for each in spool.batch(now)]


def test_messages_are_sent_in_order_and_then_forgotten(spool: Spool) -> None:
    fill(spool, 20, 30, 10, 40)
    batch = spool.batch(NOW)
    assert [each.body for each in batch] == ["0", "1", "2", "3"]
    assert (spool.count(), spool.oldest()) == (4, NOW)
    spool.sent(batch[:2])
    assert bodies(spool) == ["2", "3"]
    spool.sent(batch)
    assert (bodies(spool), spool.count(), spool.oldest()) == ([], 0, None)


def test_a_batch_is_at_most_a_thousand_messages(spool: Spool) -> None:
    fill(spool, *[20] * 1500)
    assert bodies(spool) == [str(number) for number in range(1000)]


def test_a_batch_is_at_most_what_a_request_may_have_and_at_least_one_message(spool: Spool) -> None:
    for size in (BATCH_BYTES * 2, BATCH_BYTES // 2, BATCH_BYTES // 3, BATCH_BYTES // 2):
        spool.put("x" * size, 20, NOW)
    first = spool.batch(NOW)
    assert [len(each.body) for each in first] == [BATCH_BYTES * 2]
    spool.sent(first)
    assert [len(each.body) for each in spool.batch(NOW)] == [BATCH_BYTES // 2, BATCH_BYTES // 3]


def test_after_a_long_absence_the_newest_of_warning_and_worse_come_first_in_order(spool: Spool) -> None:
    fill(spool, 20, 30, 20, 50, 40)
    assert bodies(spool, NOW + 119) == ["0", "1", "2", "3", "4"]
    first = spool.batch(NOW + 120)
    assert [each.body for each in first] == ["1", "3", "4"]
    spool.sent(first)
    assert bodies(spool, NOW + 120) == ["0", "2"]


def test_a_batch_may_be_smaller_and_is_in_the_same_order(spool: Spool) -> None:
    fill(spool, 20, 30, 20, 50, 40)
    assert [each.body for each in spool.batch(NOW, 2)] == ["0", "1"]
    assert [each.body for each in spool.batch(NOW + 120, 2)] == ["1", "3"]


def test_of_very_many_warnings_the_newest_come_first(spool: Spool) -> None:
    fill(spool, *[30] * 1500)
    first = spool.batch(NOW + 10_000)
    assert [each.body for each in first] == [str(number) for number in range(500, 1500)]
    spool.sent(first)
    assert bodies(spool, NOW + 10_000) == [str(number) for number in range(500)]


def test_what_is_refused_is_set_aside_with_the_reason(spool: Spool) -> None:
    fill(spool, 20, 20)
    spool.refuse(spool.batch(NOW)[0], "400 no", NOW + 5)
    assert bodies(spool) == ["1"]
    assert spool.refused() == [(NOW + 5, "400 no", "0")]


def test_the_newest_thousand_refused_ones_are_kept(spool: Spool) -> None:
    fill(spool, *[20] * (MAX_REFUSED + 3))
    for _ in range(2):
        for message in spool.batch(NOW):
            spool.refuse(message, "400 no", NOW)
    assert [body for *_, body in spool.refused()] == [str(number) for number in range(3, MAX_REFUSED + 3)]


def test_what_is_too_old_is_dropped_and_counted(spool: Spool) -> None:
    fill(spool, 20, 30, 20, 20)
    spool.expire(NOW + 3)
    assert bodies(spool) == ["3"]
    assert spool.dropped() == [Dropped(30, 1, NOW + 1, NOW + 1), Dropped(20, 2, NOW, NOW + 2)]


def test_beyond_its_size_the_oldest_below_warning_are_dropped_first(spool: Spool) -> None:
    fill(spool, *[20] * 100, *[30] * 100, *[20] * 50)
    spool.max_bytes = spool._size()
    fill(spool, *[20] * 2 * TRIM_EVERY)
    found = spool.dropped()
    assert [(each.level, each.first) for each in found] == [(20, NOW)]
    assert [each.level for each in spool.batch(NOW)].count(30) == 100


def test_if_nothing_is_below_warning_the_oldest_of_all_are_dropped(spool: Spool) -> None:
    spool.max_bytes = 20_000
    fill(spool, *[40] * TRIM_EVERY * 12)
    dropped = spool.dropped()
    assert [each.level for each in dropped] == [40]
    assert spool.count() + dropped[0].number == TRIM_EVERY * 12


def test_what_was_dropped_is_counted_until_it_is_told(spool: Spool) -> None:
    fill(spool, 20, 20)
    spool.expire(NOW + 1)
    spool.expire(NOW + 2)
    assert spool.dropped() == [Dropped(20, 2, NOW, NOW + 1)]
    assert spool.tell_dropped(lambda _: "two were dropped", 30, NOW)
    assert spool.dropped() == []
    assert [(each.body, each.level) for each in spool.batch(NOW)] == [("two were dropped", 30)]


def test_what_waits_until_a_message_can_be_asked(spool: Spool) -> None:
    assert (spool.last_id(), spool.has_until(0)) == (0, False)
    fill(spool, 20, 20)
    last = spool.last_id()
    fill(spool, 20)
    assert spool.has_until(last)
    spool.sent(spool.batch(NOW)[:2])
    assert not spool.has_until(last)
    assert spool.has_until(spool.last_id())


def test_an_id_is_never_used_again(spool: Spool) -> None:
    fill(spool, 20)
    before = spool.last_id()
    spool.sent(spool.batch(NOW))
    fill(spool, 20)
    assert spool.last_id() == before + 1


def test_everything_can_be_cleared(spool: Spool) -> None:
    fill(spool, 20, 20, 20)
    spool.refuse(spool.batch(NOW)[0], "400 no", NOW)
    assert spool.clear() == 3
    assert (spool.count(), spool.refused()) == (0, [])


def test_what_is_in_a_file_is_there_for_the_next_program(tmp_path: Path) -> None:
    first = Spool(tmp_path / "x.spool", 10**9, pytest.fail)
    fill(first, 20, 30)
    first.close()
    first.put("2", 20, NOW)
    second = Spool(tmp_path / "x.spool", 10**9, pytest.fail, "FULL")
    assert bodies(second) == ["0", "1", "2"]
    first.close()
    second.close()


def test_a_message_that_finds_the_file_damaged_is_kept_in_the_next_one(tmp_path: Path) -> None:
    path, told = tmp_path / "x.spool", list[str]()
    for number in range(2):
        spool = Spool(path, 10**9, told.append)
        for _ in range(300):
            spool.put("x" * 100, 20, NOW)
        spool.close()
        with path.open("r+b") as file:  # all but the first pages, so that it can still be opened
            file.seek(2048)
            file.write(b"\xff" * (path.stat().st_size - 2048))
        spool = Spool(path, 10**9, told.append)
        spool.put("after", 20, NOW)
        assert (bodies(spool), len(told)) == (["after"], number + 1)
        spool.close()
        path.unlink()


def test_a_message_is_in_the_file_when_put_returns(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "x.spool", 10**9, pytest.fail)
    spool.put("0", 20, NOW)
    other = sqlite3.connect(tmp_path / "x.spool")
    assert other.execute("SELECT body FROM waiting").fetchall() == [("0",)]
    other.close()
    spool.close()


def test_a_program_that_logs_a_single_message_keeps_the_bound_too(tmp_path: Path) -> None:
    many, one = (Spool(tmp_path / "x.spool", bound, pytest.fail) for bound in (10**9, 1))
    fill(many, *[20] * 100)
    one.put("{}", 40, NOW)
    assert one.count() < 100
    assert one.dropped()
    many.close()
    one.close()


def test_what_is_sent_while_the_file_is_locked_is_passed_over_and_deleted_later(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "x.spool", 10**9, pytest.fail)
    fill(spool, 20, 30, 20, 40)
    with locked(spool.path):
        spool.sent(spool.batch(NOW)[:2])
        assert bodies(spool) == ["2", "3"]
        assert bodies(spool, NOW + 1000) == ["3"]
        assert not spool.has_until(2)
        assert spool.has_until(3)
        assert spool.count() == 4
    spool.forget()
    assert spool.count() == 2
    spool.close()


def test_what_was_sent_of_a_file_is_not_passed_over_in_the_one_that_takes_its_place(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "x.spool", 10**9, pytest.fail)
    fill(spool, 20, 20)
    with locked(spool.path):
        spool.sent(spool.batch(NOW))
    for path in list(tmp_path.iterdir()):
        path.rename(tmp_path / f"old-{path.name}")
    spool.put("new", 20, NOW)
    assert spool.has_until(1)
    assert bodies(spool) == ["new"]
    spool.forget()
    assert bodies(spool) == ["new"]
    spool.close()


def test_what_is_dropped_while_it_is_being_sent_does_not_count_if_it_is_stored(spool: Spool) -> None:
    fill(spool, 20, 20, 30)
    in_flight = spool.batch(NOW)
    spool.expire(NOW + 10)
    spool.sent(in_flight[1:])
    assert [(each.level, each.number) for each in spool.dropped()] == [(20, 1)]


def test_messages_that_waited_elsewhere_are_put_all_or_none(tmp_path: Path) -> None:
    spool, memory = Spool(tmp_path / "x.spool", 10**9, pytest.fail), Spool(None, 10**9, pytest.fail)
    fill(memory, 20, 30)
    spool.put("before", 20, NOW)
    with locked(spool.path), pytest.raises(sqlite3.OperationalError):
        spool.put_all(memory.batch(NOW), 0.0)
    spool.put_all(memory.batch(NOW))
    assert [(each.body, each.level) for each in spool.batch(NOW)] == [("before", 20), ("0", 20), ("1", 30)]
    spool.close()


def test_a_message_waits_for_a_slow_disk_while_other_threads_write(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "x.spool", 10**9, pytest.fail)
    fill(spool, 20)
    writes = threading.Thread(target=spool.put, args=("1", 20, NOW))
    with spool.held(0):
        writes.start()
        writes.join(2 * BUSY_S)
        assert writes.is_alive()
    writes.join()
    assert bodies(spool) == ["0", "1"]
    spool.close()

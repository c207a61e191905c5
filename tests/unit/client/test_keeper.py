"""Where messages are kept while the disk takes none, and in which order they come back to it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.spools import locked
from userstatus.client.complaints import Complaints
from userstatus.client.keeper import Keeper
from userstatus.client.spool import Spool


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[Keeper]:
    disk, memory = Spool(tmp_path / "x.spool", 10**9, pytest.fail), Spool(None, 10**9, pytest.fail)
    yield Keeper(disk, memory, Complaints())
    disk.close()


def put(keeper: Keeper, *texts: str) -> None:
    for text in texts:
        keeper.put(text, 20, 0.0)


def bodies(spool: Spool) -> list[str]:
    return [each.body for each in spool.batch(0.0)]


def test_while_the_disk_is_locked_only_the_first_message_waits_for_it(keeper: Keeper) -> None:
    put(keeper, "before")
    with locked(keeper.disk.path):
        put(keeper, "waits")
        keeper.disk.put = pytest.fail  # type: ignore[method-assign, assignment]
        put(keeper, *"abc")
        assert bodies(keeper.memory) == ["waits", *"abc"]
    assert bodies(keeper.disk) == ["before"]


def test_what_is_in_memory_comes_back_to_disk_before_anything_newer(
    keeper: Keeper, capsys: pytest.CaptureFixture[str]
) -> None:
    put(keeper, "0")
    with locked(keeper.disk.path):
        put(keeper, *(str(number) for number in range(1, 300)))
        assert not keeper.restore()
    put(keeper, "300")
    assert bodies(keeper.memory)[-1] == "300"
    assert keeper.restore()
    put(keeper, "301")
    assert bodies(keeper.disk) == [str(number) for number in range(302)]
    assert keeper.memory.count() == 0
    first, second = capsys.readouterr().err.splitlines()
    assert "(database is locked): they are kept in memory until they are sent" in first
    assert second.endswith("x.spool again")


def test_while_it_is_locked_the_disk_is_not_asked_again_although_nothing_is_in_memory(keeper: Keeper) -> None:
    with locked(keeper.disk.path):
        put(keeper, "0")
        keeper.memory.sent(keeper.memory.batch(0.0))
        assert not keeper.restore()
        assert keeper.is_on_detour
    assert keeper.restore()
    assert not keeper.is_on_detour


def test_threads_that_log_while_it_comes_back_stay_in_order(keeper: Keeper) -> None:
    def work(name: int) -> None:
        put(keeper, *(f"{name} {number}" for number in range(400)))

    put(keeper, "0")
    with locked(keeper.disk.path):
        put(keeper, "1")
        threads = [threading.Thread(target=work, args=(name,)) for name in range(4)]
        for thread in threads:
            thread.start()
    while any(thread.is_alive() for thread in threads):
        keeper.restore()
    assert keeper.restore()
    found: dict[str, list[int]] = {}
    while batch := keeper.disk.batch(0.0):
        for message in batch:
            name, _, number = message.body.rpartition(" ")
            found.setdefault(name, []).append(int(number))
        keeper.disk.sent(batch)
    assert found == {"": [0, 1], **{str(name): list(range(400)) for name in range(4)}}


def test_a_forked_process_begins_on_disk_again(keeper: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    with locked(keeper.disk.path):
        put(keeper, "0")
    monkeypatch.setattr("os.getpid", lambda: -1)
    assert not keeper.is_on_detour


def test_without_a_place_for_a_file_everything_is_in_memory() -> None:
    memory = Spool(None, 10**9, pytest.fail)
    keeper = Keeper(memory, memory, Complaints())
    put(keeper, "0")
    assert keeper.restore()
    assert (list(keeper.spools), bodies(memory)) == ([memory], ["0"])

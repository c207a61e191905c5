"""The server is away, or something else answers: nothing is lost up to a bound, and then that is told."""

from __future__ import annotations

import re
import threading
import time
from pathlib import Path

import pytest

from tests.support.keys import make_key
from tests.support.service import Service, running, wait_until
from tests.support.telescopes import answering, everything, silent, texts
from userstatus import Poster, UserStatusHandler
from userstatus.client.bodies import body
from userstatus.client.spool import Spool

THREADS = 8


def sent(poster: Poster) -> bool:
    wait_until(lambda: poster.flush(5), "everything is sent")
    return True


def waiting(poster: Poster) -> list[str]:
    """What waits on disk, as JSON."""
    return [each.body for each in poster._disk.batch(0)]


def send_from_threads(poster: Poster, each: int) -> None:
    """Send messages from eight threads, of which every tenth is a warning."""

    def work(name: int) -> None:
        for number in range(each):
            poster.send(f"{name} {number}", "warning" if number % 10 == 0 else "info")

    threads = [threading.Thread(target=work, args=(name,)) for name in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def numbers(arrived: list[str]) -> dict[int, list[int]]:
    """The numbers of the messages of each thread, in the order in which they arrived."""
    found: dict[int, list[int]] = {name: [] for name in range(THREADS)}
    for text in arrived:
        if match := re.fullmatch("([0-9]+) ([0-9]+)", text):
            found[int(match[1])].append(int(match[2]))
    return found


def test_while_the_server_is_away_nothing_is_lost(night: Service, tmp_path: Path) -> None:
    with Poster(night.url, "tst", spool=tmp_path / "spool") as poster:
        with night.away():
            send_from_threads(poster, 300)
        assert sent(poster)
    assert numbers(texts(night)) == {name: list(range(300)) for name in range(THREADS)}


def test_beyond_the_bound_the_oldest_that_matter_least_are_dropped_and_one_message_tells(
    night: Service, tmp_path: Path
) -> None:
    with Poster(night.url, "tst", spool=tmp_path / "spool", max_bytes=1_000_000) as poster:
        with night.away():
            send_from_threads(poster, 1000)
        assert sent(poster)
    arrived = everything(night)
    (report,) = (each for each in arrived if "dropped" in each["message"])
    found = numbers([each["message"] for each in arrived])
    for each in found.values():
        assert [number for number in each if number % 10 == 0] == list(range(0, 1000, 10))
        info = [number for number in each if number % 10]
        assert info == [number for number in range(info[0], 1000) if number % 10], "the newest are kept"
    dropped = THREADS * 1000 - sum(len(each) for each in found.values())
    assert dropped > 0
    assert report["log_level"] == "warning"
    day = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
    assert re.fullmatch(
        rf"Messages of {day} to {day} UTC were dropped .*: {dropped:,} info", report["message"]
    )


def test_after_a_long_absence_warnings_and_worse_come_first(service: Service, tmp_path: Path) -> None:
    poster = Poster(service.url, "late", spool=tmp_path)
    assert poster.close()
    assert poster._disk.path is not None
    spool = Spool(poster._disk.path, 10**8, print)
    then = time.time() - 3600
    for number, level in enumerate([20, 30, 20, 40, 10, 50, 20]):
        name = {10: "debug", 20: "info", 30: "warning", 40: "error", 50: "critical"}[level]
        spool.put(body("late", str(number), name, then + number), level, then + number)
    spool.close()
    with Poster(service.url, "late", spool=tmp_path) as poster:
        assert sent(poster)
    arrived = everything(service, "late")
    assert [each["message"] for each in arrived] == ["1", "3", "5", "0", "2", "4", "6"]
    assert [each["timestamp"] for each in arrived] == [int(then + int(each["message"])) for each in arrived]


def test_what_the_server_refuses_is_set_aside_and_told_once_and_the_rest_arrives(
    service: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    poster = Poster(service.url, "picky", spool=tmp_path)
    assert poster.close()
    assert poster._disk.path is not None
    spool = Spool(poster._disk.path, 10**8, print)
    for number in range(50):
        content = body("picky", str(number), "info", time.time())
        spool.put('{"site": "picky"}' if number in (7, 30) else content, 20, time.time())
    spool.close()
    with Poster(service.url, "picky", spool=tmp_path) as poster:
        assert sent(poster)
        refused = poster._disk.refused()
    assert texts(service, "picky") == [str(number) for number in range(50) if number not in (7, 30)]
    assert [(reason, what) for _, reason, what in refused] == [
        ("400 log_message is missing: send the text to show", '{"site": "picky"}')
    ] * 2
    assert capsys.readouterr().err.count("log_message is missing") == 1


def test_a_limit_of_the_server_is_obeyed_and_everything_arrives(tmp_path: Path) -> None:
    with running(f"sqlite:///{tmp_path}/x.db", tmp_path, ADDRESS_LIMIT="40/second") as service:
        with Poster(service.url, "tst", spool=tmp_path / "spool") as poster:
            for number in range(150):
                poster.send(str(number))
            assert sent(poster)
            assert poster._disk.refused() == []
        assert texts(service) == [str(number) for number in range(150)]


def test_it_waits_for_as_long_as_it_is_told_whatever_is_logged_meanwhile(tmp_path: Path) -> None:
    with answering(429, b'{"error": "too many"}', Retry_After="1") as server:
        poster = Poster(server.url, "tst", spool=tmp_path)
        while len(server.requests) < 2:
            poster.send("Guiding")
            assert not poster.flush(1)
        poster.close(0)
    first, second = (moment for moment, *_ in server.requests[:2])
    assert second - first >= 1


def test_with_a_wrong_key_everything_waits_until_the_key_is_right(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with running(f"sqlite:///{tmp_path}/x.db", tmp_path, POSTING="keys") as service:
        key = make_key(service, "dome", "tst", "post")
        with Poster(service.url, "tst", spool=tmp_path / "spool", key=f"{key[:-4]}zzzz") as poster:
            for number in range(5):
                poster.send(str(number))
                assert not poster.flush()
        told = capsys.readouterr().err
        assert told.count("\n") == 1
        assert told.startswith("userstatus: 401 ")
        assert key[:-4] not in told
        assert texts(service) == []
        url = service.url.replace("http://", f"http://x:{key}@")
        with Poster(url, "tst", spool=tmp_path / "spool") as poster:
            assert sent(poster)
        assert texts(service) == [str(number) for number in range(5)]


@pytest.mark.parametrize(
    ("status", "content", "headers"),
    [
        (301, b"", {"Location": "https://login.example.org/"}),
        (302, b"", {"Location": "/elsewhere"}),
        (303, b"", {"Location": "/elsewhere"}),
        (307, b"", {"Location": "/elsewhere"}),
        (308, b"", {"Location": "/elsewhere"}),
        (200, b"<!DOCTYPE html><title>Welcome to the summit's wireless network</title>", {}),
        (200, b"{}", {}),
        (200, b'{"ids": []}', {}),
        (200, b"[" * 100_000, {}),
        (200, b"\xff\xfe\x00", {"Content-Type": "application/json"}),
        (204, b"", {}),
        (400, b"<h1>Bad Request</h1>", {}),
        (401, b"{", {}),
        (404, b'{"error": "no such path"}', {}),
        (429, b"", {"Retry-After": "Wed, 21 Oct 2099 07:28:00 GMT"}),
        (500, b"[" * 100_000, {}),
        (503, b"", {"Retry-After": "9" * 400}),
        (511, b"", {}),
    ],
)
def test_whatever_else_answers_nothing_is_lost(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    status: int,
    content: bytes,
    headers: dict[str, str],
) -> None:
    with answering(status, content, **headers) as server:
        poster = Poster(server.url, "tst", spool=tmp_path)
        poster.send("one")
        assert not poster.flush()
        poster.send("two")
        assert not poster.flush()
        found = waiting(poster)
        poster.close(0)
    assert ['"one"' in found[0], '"two"' in found[1]] == [True, True]
    assert {line for _, line, _ in server.requests} == {"POST /newlog"}
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_server_that_never_answers_holds_nobody_up(tmp_path: Path) -> None:
    with silent() as url:
        handler = UserStatusHandler(url, "tst", spool=tmp_path)
        handler.poster.send("Slewing")
        began = time.monotonic()
        assert not handler.flush(0.2)
        handler.close(0.2)
        assert time.monotonic() - began < 10  # a request has 15 seconds
        assert len(waiting(handler.poster)) == 1

"""Programs that log are killed at random moments: every message whose log call returned arrives, once."""

from __future__ import annotations

import math
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.service import Service, wait_until
from tests.support.telescopes import everything, oldest_python, started, texts
from userstatus import Poster

SHORT, FULL = 5, 50


def lines(file: Path) -> list[str]:
    """What a program noted: the messages whose log call had returned."""
    return file.read_text().splitlines() if file.exists() else []


@pytest.mark.parametrize("oldest", [False, True], ids=["this Python", "Python 3.9"])
def test_no_kill_loses_or_repeats_a_message_that_was_logged(
    night: Service, tmp_path: Path, request: pytest.FixtureRequest, oldest: bool
) -> None:
    python = oldest_python() if oldest else sys.executable
    kills = FULL if request.config.getoption("--full") else SHORT
    notes, spool = tmp_path / "notes", tmp_path / "spool"
    for kill in range(kills):
        noted = len(lines(notes))
        program = started("-m", "tests.support.dome", night.url, spool, notes, str(kill), "4", python=python)
        try:
            if kill % 3 == 1:
                night.kill()
            wait_until(lambda noted=noted: len(lines(notes)) > noted, "the program logs")  # type: ignore[misc]
            if kill % 3 == 1:
                night.start()
            time.sleep(random.uniform(0, 0.5))  # the random moment
        finally:
            program.kill()
            program.communicate()
    with Poster(night.url, "tst", spool=spool) as poster:
        wait_until(lambda: poster.flush(5), "what waits is sent")
    arrived = everything(night)
    found = [each["message"].split(" ") for each in arrived]
    names = [name for name, _ in found]
    assert len(names) == len(set(names)), "nothing arrives twice"
    assert set(lines(notes)) <= set(names)
    assert [each["timestamp"] for each in arrived] == [math.floor(float(time)) for _, time in found]
    assert_in_order(names)


def assert_in_order(names: Sequence[str]) -> None:
    """Each thread's messages have arrived in the order in which it logged them, without a hole."""
    numbers: dict[str, list[int]] = {}
    for name in names:
        thread, _, number = name.partition("-")
        numbers.setdefault(thread, []).append(int(number))
    for found in numbers.values():
        assert found == list(range(len(found)))


def test_processes_share_a_spool_and_when_the_one_that_sends_is_killed_another_does(
    night: Service, tmp_path: Path
) -> None:
    spool = tmp_path / "spool"
    programs = [
        started("-m", "tests.support.dome", night.url, spool, tmp_path / f"notes{number}", str(number), "2")
        for number in range(4)
    ]
    try:
        for number, program in enumerate(programs):
            noted = tmp_path / f"notes{number}"
            wait_until(lambda noted=noted: len(lines(noted)) > 20, "it logs")  # type: ignore[misc]
            if number < 3:
                program.kill()
                program.communicate()
        before = len(lines(tmp_path / "notes3"))
        wait_until(
            lambda: len([text for text in texts(night) if text[0] == "3"]) > before, "the last one sends"
        )
    finally:
        for program in programs:
            program.kill()
        programs[3].communicate()
    with Poster(night.url, "tst", spool=spool) as poster:
        wait_until(lambda: poster.flush(5), "what waits is sent")
    names = [text.split(" ")[0] for text in texts(night)]
    assert len(names) == len(set(names))
    assert {line for number in range(4) for line in lines(tmp_path / f"notes{number}")} <= set(names)
    assert_in_order(names)

"""What is told on standard error: each trouble once, until it is over."""

from __future__ import annotations

import sys
import threading

import pytest

from userstatus.client.complaints import Complaints


def test_a_topic_is_told_once_until_it_is_over(capsys: pytest.CaptureFixture[str]) -> None:
    complaints = Complaints()
    complaints.over("disk", "never began")
    complaints.tell("disk", "full")
    complaints.tell("disk", "still full")
    complaints.tell("network", "away")
    complaints.over("disk", "writes again")
    complaints.over("disk", "writes again")
    complaints.tell("disk", "full again")
    assert capsys.readouterr().err.splitlines() == [
        "userstatus: full",
        "userstatus: away",
        "userstatus: writes again",
        "userstatus: full again",
    ]


def test_a_sentence_can_be_its_own_topic(capsys: pytest.CaptureFixture[str]) -> None:
    complaints = Complaints()
    for sentence in ("one", "two", "one"):
        complaints.once(sentence)
    assert capsys.readouterr().err == "userstatus: one\nuserstatus: two\n"


def test_of_many_threads_one_tells(capsys: pytest.CaptureFixture[str]) -> None:
    complaints = Complaints()
    together = threading.Barrier(8)

    def tell(number: int) -> None:
        together.wait()
        complaints.tell("disk", str(number))

    threads = [threading.Thread(target=tell, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert capsys.readouterr().err.count("\n") == 1


def test_it_is_plain_text_whatever_the_terminal_shows(capsys: pytest.CaptureFixture[str]) -> None:
    Complaints().once("a\ud800° \x1b")
    assert capsys.readouterr().err == "userstatus: a\\ud800\\xb0 \x1b\n"


@pytest.mark.parametrize("stream", [None, object()])
def test_without_a_standard_error_nothing_is_told(stream: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", stream)
    Complaints().once("nobody hears this")

"""What the process does besides serving."""

from __future__ import annotations

from userstatus import server


def test_a_condition_is_waited_for_until_the_time_is_over() -> None:
    answers = [True, False, False]
    server.wait(answers.pop, 10)
    assert answers == []
    answers = [True, False, False]
    server.wait(answers.pop, 0.0)
    assert answers == [True, False]

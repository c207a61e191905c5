"""What the process does besides serving."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any, cast

from userstatus import server
from userstatus.duty.config import NOTHING, Config, Site
from userstatus.duty.duty import Duty


class File:
    """A configuration file; `threads` are those in which it was read."""

    path = None

    def __init__(self) -> None:
        self.threads: list[int] = []

    def read(self) -> Config:
        self.threads.append(threading.get_native_id())
        return Config(sites={"tst": Site(name="Test")})


def test_a_condition_is_waited_for_until_the_time_is_over() -> None:
    answers = [True, False, False]
    server.wait(answers.pop, 10)
    assert answers == []
    answers = [True, False, False]
    server.wait(answers.pop, 0.0)
    assert answers == [True, False]


def test_a_file_is_read_again_and_its_rules_are_compiled_in_a_thread_once_for_all_stages() -> None:
    file, services = File(), [SimpleNamespace(duty=Duty(NOTHING)) for _ in range(2)]
    server.reload(cast(Any, services), cast(Any, file))
    assert len(file.threads) == 1
    assert file.threads != [threading.get_native_id()]
    assert services[0].duty.level_rules is services[1].duty.level_rules
    assert services[1].duty.config.site("tst").name == "Test"

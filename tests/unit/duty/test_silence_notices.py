"""What is written into a log when a site is silent, speaks again, or the service was down."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.support.attendance import rooms
from tests.support.clocks import Clocks
from tests.support.messages import age, message
from userstatus.duty.config import NOTHING, Config, Site
from userstatus.duty.silence_notices import SilenceNotices
from userstatus.errors import Unavailable
from userstatus.live.delivery import Delivery
from userstatus.message import Cursor
from userstatus.notice import OWN_SITE
from userstatus.settings import Settings
from userstatus.store.log import Log

Start = Callable[..., "Process"]
HOUR_S = 3600
CONFIG = Config(sites={"tst": Site(silent_after=1500)})


class Process:
    """What one process would write, without its server; `clocks` are those of its machine."""

    def __init__(self, url: str, clocks: Clocks, config: Config = CONFIG):
        self.log = Log(Settings.from_environ({"DATABASE_URL": url}), "prod")
        self.log.database.prepare()
        self.delivery = Delivery(self.log, rooms())
        self.notices = SilenceNotices(config, self.log, self.delivery, clocks.clock)
        self.delivery.listeners.append(self.notices.hear)
        self.delivery.loaders.append(self.notices.load)
        self.delivery.load(self.delivery.follower.open())

    def say(self, text: str = "x", site: str = "tst", **fields: Any) -> None:
        self.log.journal.append([message(text, site, **fields)])

    def follow(self) -> None:
        """Deliver what is in the log, as the follower does."""
        self.delivery.follower._read_on()

    def look(self) -> list[str]:
        """Look for silence, and return all that has been said of the site `tst`."""
        self.follow()
        self.notices.look()
        self.follow()
        return self.said()

    def said(self, site: str = "tst") -> list[str]:
        found = self.log.reader.after(Cursor(0), 1000)
        return [each.message for each in found if each.site == site and each.notice is not None]


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> Clocks:
    found = Clocks()
    monkeypatch.setattr(time, "time", found.wall)  # by which the journal dates what it stores
    monkeypatch.setattr("userstatus.duty.silence_notices.MAX_LAG_S", 0)  # nobody reads on beside a look
    return found


@pytest.fixture
def start(database_url: str, clocks: Clocks) -> Iterator[Start]:
    """Starts a process."""
    with ExitStack() as stack:

        def start(config: Config = CONFIG) -> Process:
            process = Process(database_url, clocks, config)
            stack.callback(process.log.database.close)
            return process

        yield start


@pytest.fixture
def process(start: Start) -> Process:
    return start()


def pass_time(process: Process, clocks: Clocks, seconds: int) -> list[str]:
    """Let time pass, with a look every half minute."""
    for _ in range(seconds // 30):
        clocks.passed += 30
        process.look()
    return process.said()


def test_silence_and_its_end_are_written_once_by_two_processes_and_after_a_restart(
    process: Process, start: Start, clocks: Clocks
) -> None:
    other = start()
    process.say()
    process.look()
    assert pass_time(process, clocks, 1530) == ["Silent for 25 min: expected a message at least every 25 min"]
    assert len(other.look()) == 1
    process.say("back")
    assert other.look()[1].startswith("Speaks again after 25 min")
    assert len(process.look()) == len(start().look()) == 2


def test_a_process_that_lags_does_not_claim_the_silence_of_a_site_that_has_spoken(
    process: Process, start: Start, clocks: Clocks
) -> None:
    other = start()
    process.say()
    other.look()
    process.say("again")
    clocks.passed += 1500
    other.notices.heartbeat.beat()
    other.notices.look()
    assert other.said() == [], "it has not heard everything"
    (due,) = other.notices.watch.due(clocks.clock.now())
    other.notices._write(due)
    assert other.said() == [], "nor could it write it"


def test_a_silence_whose_last_message_has_expired_stays_one_and_is_ended(
    process: Process, start: Start, clocks: Clocks
) -> None:
    process.say("expires")
    process.look()
    assert len(pass_time(process, clocks, 1530)) == 1
    age(process.log.database, 8 * 24 * HOUR_S, message="expires")
    again = start()
    assert again.log.retention.purge(clocks.wall()) == 1
    assert len(pass_time(again, clocks, 1800)) == 1
    again.say("back")
    clocks.passed += 50
    again.say("more")
    assert start().look()[1] == "Speaks again after 55 min of silence", "as again was killed before"


def test_a_service_that_was_down_and_killed_before_its_heartbeat_tells_each_part_once(
    process: Process, start: Start, clocks: Clocks, monkeypatch: pytest.MonkeyPatch
) -> None:
    process.say()
    process.look()
    killed = start()
    clocks.passed += HOUR_S
    monkeypatch.setattr(killed.notices.heartbeat, "beat", lambda _: None)
    killed.look()
    once = ["The service was down for 1 h: messages may be missing"]
    assert (killed.said(), killed.said(OWN_SITE)) == (once, once)
    clocks.passed += 600
    later = start()
    assert (later.look(), process.look(), start().look()) == (once, once, once)
    assert later.said(OWN_SITE)[1:] == ["The service was down for 10 min: messages may be missing"]


def test_a_new_configuration_counts_for_what_was_said_before_it(start: Start, clocks: Clocks) -> None:
    process = start(NOTHING)
    process.say()
    process.look()
    assert pass_time(process, clocks, 1530) == []
    process.notices.configure(CONFIG)
    assert len(process.look()) == 1


def test_where_no_site_is_watched_nothing_is_written_though_the_service_was_down(
    start: Start, clocks: Clocks
) -> None:
    start(CONFIG).look()
    process = start(NOTHING)
    process.say()
    process.look()
    assert process.notices.heartbeat.row.read() is None
    clocks.passed += HOUR_S
    assert (process.look(), start(NOTHING).look(), process.said(OWN_SITE)) == ([], [], [])
    process.say(next_within=9000)
    process.look()
    assert process.said(OWN_SITE) == [], "nobody watched before that"
    clocks.passed += HOUR_S
    start(NOTHING).look()
    assert process.said(OWN_SITE) == ["The service was down for 1 h: messages may be missing"]


def test_a_site_that_has_never_spoken_is_told_once_by_two_processes_and_after_a_restart(
    process: Process, start: Start, clocks: Clocks
) -> None:
    other = start()
    process.look()
    never = ["Silent for 25 min: the log has no message from it, expected one at least every 25 min"]
    assert pass_time(process, clocks, 1530) == never
    assert other.look() == never
    again = start()
    assert pass_time(again, clocks, 1800) == never
    again.say("at last")
    assert again.look()[1:] == ["Speaks again after 55 min of silence"]


def test_a_service_that_is_up_for_seconds_at_a_time_tells_a_silence_once_all_the_same(
    start: Start, clocks: Clocks
) -> None:
    config = Config(sites={"tst": Site(silent_after=30), "never": Site(silent_after=30)})
    start(config).say()
    for _ in range(8):
        process = start(config)
        for _ in range(9):
            clocks.passed += 1
            process.look()
        clocks.passed += 70
    for site, expected in (
        ("tst", "expected a message at least every 30 s"),
        ("never", "the log has no message from it, expected one at least every 30 s"),
    ):
        (text,) = (each for each in process.said(site) if each.startswith("Silent"))
        assert text.endswith(expected)


def test_it_goes_on_looking_after_any_error(
    process: Process, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    errors = [Unavailable("the database is away"), ValueError("of its own"), SystemExit()]
    monkeypatch.setattr(process.notices, "look", lambda: (_ for _ in ()).throw(errors.pop(0)))
    monkeypatch.setattr("userstatus.duty.silence_notices.LOOK_S", 0)
    with pytest.raises(SystemExit):
        process.notices.run()
    assert [record.message for record in caplog.records] == ["cannot tell whether a site is silent, retrying"]

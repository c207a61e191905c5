"""Statistics: an overview of every site for as long as its messages live, without a query.

The follower delivers every message, so the statistics are as of its cursor. Messages count by the time of
receipt, as in retention, not by the telescope's clock.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import OrderedDict, defaultdict
from collections.abc import Collection, Iterator
from itertools import islice
from typing import NamedTuple

from userstatus import eventloop
from userstatus.live.counts import MAX_HISTORY_S, ONE, Minutes, Quarters, by_level
from userstatus.live.latest import ALARMING, Latest
from userstatus.message import EVERY_SITE, LEVELS, Cursor, Message
from userstatus.notice import MUTE, RECOVERY, SILENCE, UNMUTE, Notice
from userstatus.store.expiry import DAY_S
from userstatus.store.overview import MAX_DELAYS, MINUTE_S, QUARTER_S, Overview
from userstatus.store.reader import Reader

# Beyond that, the sites that were silent for longest are forgotten. With a last message of the longest text,
# in the widest characters, each takes 5 KB: 500 MB in all, and what `counts` and `latest` allow beside it.
MAX_SITES = 100_000
MAX_TEXT_CHARS = 1000  # kept of a message
BATCH = 100  # messages counted at a time
MAX_FORGOTTEN = 3  # silent sites forgotten per message, which is more than can be added


class SiteSummary(NamedTuple):
    """A site: its newest message, and its number of messages by level in the last 24 hours.

    `latest` has its newest message of each alarming level, `delays` the seconds from `timestamp` to receipt
    of the last message in each of the last minutes in which there was one, oldest first. Notices are counted,
    but neither do they have delays, nor are they the newest messages of a site that has any other. `silence`
    and `mute` are those that last.
    """

    site: str
    last: Message
    counts: dict[str, int]
    latest: dict[str, Message]
    delays: tuple[int, ...]
    silence: Notice | None = None
    mute: Notice | None = None


class Activity(NamedTuple):
    """The number of messages by level in every `step` seconds from `start` (unix seconds)."""

    start: int
    step: int
    counts: dict[str, list[int]]


class Site:
    """What is known of one site. `code` is the one object that stands for it wherever it is counted.

    `heard_at` is when the last message was received, be it a notice or not; `silence` is None once the site
    has spoken again, and `mute` may be over.
    """

    __slots__ = ("code", "delays", "heard_at", "last", "minutes", "mute", "silence")

    def __init__(self, last: Message, delays: tuple[int, ...] = ()) -> None:
        self.code = last.site
        self.last = last
        self.delays = delays
        self.heard_at = last.received_at
        self.minutes = Minutes()  # of the last 24 hours
        self.silence: Notice | None = None
        self.mute: Notice | None = None

    def say(self, message: Message) -> None:
        """The site has said something, which is its newest message now."""
        # Messages that come together say the same about a clock, even if all of them waited somewhere.
        if message.received_at // MINUTE_S == self.last.received_at // MINUTE_S:
            self.delays = self.delays[:-1]
        self.last, self.silence = message, None
        delay = round(message.received_at - message.timestamp)
        self.delays = (*self.delays[1 - MAX_DELAYS :], delay)

    def take_note(self, message: Message, notice: Notice) -> None:
        """Take note of a notice; those of a site must come in id order."""
        if self.last.notice is not None:
            self.last = message
        if notice.kind == SILENCE and (self.last.notice is not None or self.last.id < message.id):
            self.silence = notice
        elif notice.kind == RECOVERY:
            self.silence = None
        elif notice.kind in (MUTE, UNMUTE):
            self.mute = notice if notice.kind == MUTE else None


def _short(message: Message) -> Message:
    if len(message.message) <= MAX_TEXT_CHARS:
        return message
    return message._replace(message=f"{message.message[: MAX_TEXT_CHARS - 1]}…")


class Statistics:
    """The statistics of every site. Counts are precise to the minute, those of more than a day to the quarter
    of an hour: the oldest minute or quarter is counted whole.

    The cost of a message does not depend on the number of sites, except that a new site has to be inserted
    in the sorted list of codes.
    """

    def __init__(self, reader: Reader):
        self.reader = reader
        self._sites: OrderedDict[str, Site] = OrderedDict()  # the site that was heard of last comes last
        self._talking: OrderedDict[str, Site] = OrderedDict()  # those of them that have minutes, likewise
        self._codes: list[str] = []  # sorted
        self._latest = Latest()
        self._quarters = Quarters()
        self._uncounted: list[Message] = []

    def load(self, end: Cursor) -> None:
        """Replace the statistics with those of the log up to `end`. Raises Unavailable."""
        fresh = Statistics(self.reader)
        fresh._load(end)
        # At once: viewers may read the statistics while the new ones are being loaded.
        self._sites, self._talking, self._codes = fresh._sites, fresh._talking, fresh._codes
        self._latest, self._quarters, self._uncounted = fresh._latest, fresh._quarters, []

    def _load(self, end: Cursor) -> None:
        overview = Overview(self.reader, end.id)
        time_slice = eventloop.TimeSlice()
        minutes: defaultdict[str, Minutes] = defaultdict(Minutes)
        for code, level, start, step, number in overview.counts(MAX_HISTORY_S):
            packed = number * ONE[level]
            if step == MINUTE_S:
                minutes[code].add(start // MINUTE_S, packed)
            self._quarters.add(code, start // QUARTER_S, packed)
            time_slice.maybe_yield()
        for message, delays in overview.newest(MAX_SITES):
            site = self._sites[message.site] = Site(_short(message), delays)
            if site.code in minutes:
                site.minutes = minutes[site.code]
                self._talking[site.code] = site
            time_slice.maybe_yield()
        for message in overview.latest(ALARMING):
            if message.site in self._sites:
                self._latest.add(_short(message))
            time_slice.maybe_yield()
        for message in overview.notices():
            if message.notice is not None and message.site in self._sites:
                site = self._sites[message.site]
                site.take_note(_short(message), message.notice)
                site.heard_at = max(site.heard_at, message.received_at)
            time_slice.maybe_yield()
        self._sites = OrderedDict(sorted(self._sites.items(), key=lambda item: item[1].heard_at))
        self._codes = sorted(self._sites)

    def add(self, message: Message) -> None:
        """Count a message, when there are many or somebody asks; messages must be added in id order.

        One by one, between the other work of each POST, counting would cost 2 % of the throughput.
        """
        self._uncounted.append(message)
        if len(self._uncounted) >= BATCH:
            self._catch_up()

    def _catch_up(self) -> None:
        batch, self._uncounted = self._uncounted, []
        for message in batch:
            self._count(message)

    def _count(self, message: Message) -> None:
        code, level, received_at = message.site, message.log_level, message.received_at
        short, site = _short(message), self._sites.get(code)
        if site is None:
            site = self._add_site(short)
        else:
            self._sites.move_to_end(code)
        if message.notice is None:
            site.say(short)
        else:
            site.take_note(short, message.notice)
        site.heard_at = received_at
        second, one = int(received_at), ONE[level]
        minute = second // MINUTE_S
        if minute not in site.minutes.by_minute:
            self._forget_old(site)
        site.minutes.add(minute, one)
        self._talking[site.code] = site
        self._talking.move_to_end(code)
        self._quarters.add(site.code, second // QUARTER_S, one)
        if level in ALARMING and (message.notice is None or site.last.notice is not None):
            self._latest.add(short)

    def _add_site(self, message: Message) -> Site:
        site = self._sites[message.site] = Site(message)
        insort(self._codes, site.code)
        if len(self._sites) > MAX_SITES:
            self._forget(next(iter(self._sites)))
        return site

    def summaries(self, sites: Collection[str]) -> Iterator[SiteSummary]:
        """The given sites that have been heard of, in alphabetical order; `*` is every site.

        Each is read when it is yielded.
        """
        self._catch_up()
        codes = self._every_code() if EVERY_SITE in sites else sorted(set(sites))
        return (summary for code in codes for summary in self._summary(code))

    def _every_code(self) -> Iterator[str]:
        """All codes in order; they may change meanwhile. Not a copy, as the client may be slow to read."""
        place = 0
        while place < len(self._codes):
            code = self._codes[place]
            yield code
            place = bisect_right(self._codes, code)

    def _summary(self, code: str) -> Iterator[SiteSummary]:
        self._catch_up()
        site, expired = self._sites.get(code), self.reader.expiry.threshold()
        if site is not None and site.last.received_at > expired:
            site.minutes.forget(self.reader.expiry.within_a_day())
            counts, latest = by_level(site.minutes.counts), self._latest.of(code, expired)
            mute = site.mute if self._lasts(site.mute) else None
            yield SiteSummary(code, site.last, counts, latest, site.delays, site.silence, mute)

    def _lasts(self, mute: Notice | None) -> bool:
        return mute is not None and (mute.until is None or mute.until > self.reader.expiry.clock())

    def newest(self) -> list[Message]:
        """The newest message of every site, notices aside, in no order."""
        self._catch_up()
        return [site.last for site in self._sites.values() if site.last.notice is None]

    def activity(self, site: str, step: int) -> Activity:
        """The last 24 hours of a site; `step` is in seconds, a multiple of 60 that divides a day."""
        self._catch_up()
        start = (int(self.reader.expiry.clock()) // step + 1) * step - DAY_S
        minutes = self._sites[site].minutes.by_minute if site in self._sites else {}
        return _activity(start, step, DAY_S // step, MINUTE_S, minutes)

    def history(self, sites: Collection[str], step: int) -> Activity:
        """The sites together (`*` is every site) for as long as messages live, at most 31 days.

        `step` is in seconds, a multiple of 900 that divides a day. May yield in between.
        """
        self._catch_up()
        self._quarters.forget(self._since())
        quarters = self._quarters.sums(sites)
        first, last = int(self._since()) // step, int(self.reader.expiry.clock()) // step
        return _activity(first * step, step, last - first + 1, QUARTER_S, quarters)

    def _since(self) -> float:
        """The time (unix seconds) after which messages are in the history."""
        return max(self.reader.expiry.threshold(), self.reader.expiry.clock() - MAX_HISTORY_S)

    def _forget_old(self, site: Site) -> None:
        """Forget the site's old minutes, and what has expired; if that is much, a little at a time."""
        day, expired = self.reader.expiry.within_a_day(), self.reader.expiry.threshold()
        site.minutes.forget(day)
        self._quarters.forget(self._since())
        self._latest.forget(expired, MAX_FORGOTTEN)
        for code in _silent(self._talking, day):
            self._talking.pop(code).minutes = Minutes()
        for code in _silent(self._sites, expired):
            self._forget(code)

    def _forget(self, code: str) -> None:
        del self._sites[code]
        self._talking.pop(code, None)
        self._latest.forget_site(code)
        del self._codes[bisect_left(self._codes, code)]


def _silent(sites: OrderedDict[str, Site], since: float) -> list[str]:
    """The sites without messages since then, but only a few of them."""
    return [code for code in islice(sites, MAX_FORGOTTEN) if sites[code].heard_at <= since]


def _activity(start: int, step: int, number: int, width: int, counts: dict[int, int]) -> Activity:
    """The packed counts of intervals of `width` seconds, added up to `number` steps."""
    bars = {level: [0] * number for level in LEVELS}
    for interval, packed in counts.items():
        # A message dated in the future by a clock that was ahead counts as received now.
        place = min((interval * width - start) // step, number - 1)
        if place >= 0:
            for level, count in by_level(packed).items():
                bars[level][place] += count
    return Activity(start, step, bars)

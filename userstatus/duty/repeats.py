"""Repeats: the same text of a site is told once in a while, with how often it has come since."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from userstatus.duty.lines import RANK, Line

OVER = -1  # the rank of what was told to be over: whatever comes next is told at once
MAX_WINDOWS = 500  # texts remembered for one alert; beyond that, the one told longest ago is forgotten
DIGITS = re.compile(r"[0-9]+\.[0-9]+|[0-9]{2,}")  # a single digit tells devices apart


def same_text(site: str, text: str) -> str:
    """A short key that is the same for texts of a site that differ in their measurements and counts alone."""
    return f"{site} {blake2b(DIGITS.sub('#', text).encode(), digest_size=8).hexdigest()}"


@dataclass
class Window:
    """The time after something was told: since when, its rank, and what has come since."""

    began: float
    rank: int
    count: int = 0
    last: Line | None = None
    flaps: bool = False  # it began when something was back soon after the end of it was told


class Repeats:
    """Decides what of a stream of lines is told at once, and what is counted, for `again_after` seconds.

    The methods must be called in the order of time; `close` for a time before anything is added at that time.
    """

    def __init__(self, again_after: int, saved: Sequence[Any] = ()):
        self.again_after = again_after
        self._windows: OrderedDict[str, Window] = OrderedDict()  # by when they began
        for key, began, rank, count, last, flaps in saved:
            self._windows[key] = Window(began, rank, count, last and Line(*last), flaps)

    def as_json(self) -> list[Any]:
        return [
            [key, each.began, each.rank, each.count, each.last and list(each.last), each.flaps]
            for key, each in self._windows.items()
        ]

    def set_back(self, now: float) -> None:
        """Nothing has begun later than now (unix seconds): the clock was ahead, and is not any more."""
        for window in self._windows.values():
            window.began = min(window.began, now)

    @property
    def next_end(self) -> float:
        """When the next window ends, in unix seconds."""
        return next(iter(self._windows.values())).began + self.again_after if self._windows else float("inf")

    def add(self, key: str, line: Line) -> Iterator[Line]:
        """What is to be told at once, now that there is another line with this key.

        It is the line itself, unless one that was no less bad was told a short while ago; and what was
        counted of a text that is forgotten for it.
        """
        window, rank = self._windows.get(key), RANK[line.level]
        if window is not None and rank <= window.rank:
            window.count += 1
            window.last = line
            return
        if window is not None:
            line = line._replace(times=window.count + 1, period=round(line.due - window.began))
        self._windows[key] = Window(
            line.due, rank, flaps=window is not None and (window.flaps or window.rank == OVER)
        )
        self._windows.move_to_end(key)
        yield line
        if len(self._windows) > MAX_WINDOWS:
            forgotten = self._windows.popitem(last=False)[1]
            if forgotten.last is not None:
                yield _summed_up(forgotten.last, forgotten, line.due)

    def is_over(self, key: str) -> None:
        """Tell the next line with this key at once, as somebody was told that it is over."""
        if key in self._windows:
            self._windows[key].rank = OVER

    def replace_last(self, key: str, line: Line) -> None:
        """Tell this line, with the level of the last one that was counted, in its place, if one was."""
        window = self._windows.get(key)
        if window is not None and window.last is not None:
            window.last = line._replace(level=window.last.level)

    def drop_last(self, key: str) -> None:
        """Tell nothing when the window of this key ends, unless there is another line until then."""
        if key in self._windows:
            self._windows[key].count, self._windows[key].last = 0, None

    def end(self, key: str, line: Line) -> bool:
        """Whether to tell at once, with this line, that something is over; if it is back, it calls again.

        If it was back soon after its end was told, the line waits until the window ends, unless it is back
        before: so nobody who was told that all is well has to find out that it is not.
        """
        window = self._windows.get(key)
        if window is not None and window.flaps:
            window.last = line
            return False
        if window is not None:
            window.rank, window.count, window.last = OVER, 0, None
        return True

    def close(self, now: float) -> Iterator[tuple[str, Line]]:
        """What has been counted in the windows that have ended by now, with its key; new windows begin."""
        while self.next_end <= now:
            key, window = self._windows.popitem(last=False)
            if window.last is not None:
                end = window.began + self.again_after
                self._windows[key] = Window(end, RANK[window.last.level], flaps=window.flaps)
                yield key, _summed_up(window.last, window, end)


def _summed_up(last: Line, window: Window, at: float) -> Line:
    """The line for all that a window has counted, of which `last` was the last one."""
    return last._replace(due=at, times=max(window.count, 1), period=round(at - window.began))

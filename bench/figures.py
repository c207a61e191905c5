"""All figures of docs/performance.md: they take a quarter of an hour on a machine that does nothing else."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from bench import compare, memory, rates, sites, stored
from bench.crowd import KINDS, room
from bench.machine import circumstances

NOT_MEASURED = (OSError, AssertionError)  # also a deadline, and a server that does not start

Figures = dict[str, Any]


class Extent(NamedTuple):
    """How much is measured."""

    rounds: int
    seconds: float  # of posting
    crowds: tuple[int, ...]  # beside compare.CROWD
    waiting: tuple[tuple[str, int], ...]  # viewers of each kind
    messages: int  # for each case of sites
    rates: tuple[int, ...]
    stored: tuple[int, ...]


FULL = Extent(
    rounds=compare.ROUNDS,
    seconds=compare.SECONDS,
    crowds=(100, 3_000, 10_000),
    waiting=(*((kind, 10_000) for kind in KINDS), ("/events", 20_000)),
    messages=sites.MESSAGES,
    rates=rates.RATES,
    stored=stored.STORED,
)
QUICK = Extent(
    rounds=1,
    seconds=1,
    crowds=(100,),
    waiting=tuple((kind, 200) for kind in KINDS),
    messages=5,
    rates=(50, 100),
    stored=(0, 10_000),
)


def measured(extent: Extent) -> Figures:
    """The content of docs/performance.json. Says on standard error what is being measured."""
    began = time.monotonic()
    names = (compare.OURS, *compare.peers())
    found: Figures = {
        "quick": extent == QUICK,
        "extent": extent._asdict(),
        "circumstances": circumstances(names),
    }
    with tempfile.TemporaryDirectory(prefix="bench-performance-") as folder:
        bench = _Bench(Path(folder), names, extent)
        found["compare"] = bench.compare()
        found["crowds"] = bench.crowds()
        found["memory"] = bench.memory()
        found["sites"] = bench.sites()
        found["rates"] = bench.rates()
        found["stored"] = bench.stored()
    found["circumstances"]["load after"] = f"{os.getloadavg()[0]:.1f}"
    found["circumstances"]["minutes"] = f"{(time.monotonic() - began) / 60:.0f}"
    return found


class _Bench:
    def __init__(self, folder: Path, names: tuple[str, ...], extent: Extent):
        self.folder = folder
        self.names = names
        self.extent = extent
        self.began = time.monotonic()

    def compare(self) -> dict[str, list[dict[str, float]]]:
        """By server, one dict for each round."""
        found: dict[str, list[dict[str, float]]] = {name: [] for name in self.names}
        for number in range(1, self.extent.rounds + 1):
            for name in self.names:
                what = f"round {number}, {name}"
                posting = self._tried(
                    f"{what}, POSTs", partial(compare.posted, self.folder, name, self.extent.seconds)
                )
                delivery = self._tried(f"{what}, viewers", partial(compare.delivered, self.folder, name))
                found[name].append({**posting, **delivery})
        return found

    def crowds(self) -> dict[str, dict[str, dict[str, float]]]:
        """By server and by number of viewers."""
        return {
            name: {
                str(viewers): self._tried(
                    f"{viewers:,} viewers, {name}", partial(compare.delivered, self.folder, name, viewers)
                )
                for viewers in map(room, self.extent.crowds)
            }
            for name in self.names
        }

    def memory(self) -> list[dict[str, Any]]:
        return [
            self._tried(
                f"{viewers:,} waiting viewers, {kind}", partial(memory.measured, self.folder, kind, viewers)
            )
            for kind, viewers in self.extent.waiting
        ]

    def sites(self) -> list[dict[str, Any]]:
        return [
            self._tried(case.name, partial(sites.measured, self.folder, case, self.extent.messages))
            for case in sites.CASES
        ]

    def rates(self) -> dict[str, list[dict[str, Any]]]:
        """By server, up to the first rate that is more than it can do."""
        found: dict[str, list[dict[str, Any]]] = {name: [] for name in self.names}
        for name in self.names:
            for rate in self.extent.rates:
                what = f"{rate:,} POSTs a second, {name}"
                found[name].append(self._tried(what, partial(rates.measured, self.folder, name, rate)))
                if not found[name][-1]["kept_up"]:
                    break
        return found

    def stored(self) -> list[dict[str, Any]]:
        return [
            self._tried(
                f"{count:,} stored messages",
                partial(stored.measured, self.folder, count, self.extent.seconds),
            )
            for count in self.extent.stored
        ]

    def _tried(self, what: str, measure: Callable[[], Any]) -> dict[str, Any]:
        """Measure, once more if it fails; returns the fields of the named tuple that was found."""
        self._say(what)
        try:
            return _fields(measure())
        except NOT_MEASURED as error:
            self._say(f"{what}: once more, as it failed: {error}")
            return _fields(measure())

    def _say(self, what: str) -> None:
        minutes, seconds = divmod(int(time.monotonic() - self.began), 60)
        sys.stderr.write(f"{minutes:2}:{seconds:02}  {what}\n")


def _fields(found: Any) -> dict[str, Any]:
    """The fields of a named tuple, with four digits: no figure has more that mean something."""
    fields = found._asdict()
    return {
        name: float(f"{value:.4g}") if isinstance(value, float) else value for name, value in fields.items()
    }

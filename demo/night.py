"""What a telescope says in a night: an endless story, each line with the seconds until the next one."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import NamedTuple

TARGETS = ("M 13", "M 31", "M 57", "NGC 7331", "NGC 891", "WASP-12 b", "3C 273", "SN 2026abc", "(433) Eros")
FILTERS = ("gp", "rp", "ip", "zs", "Halpha", "clear")


class Line(NamedTuple):
    """A message, and how many seconds pass until the next one."""

    text: str
    level: str
    seconds: float


def night(site: str) -> Iterator[Line]:
    """The night of a site, which is always the same for the same site. It has no end."""
    chance = random.Random(site)
    while True:
        yield from opening(chance)
        for _ in range(chance.randint(4, 9)):
            yield from observation(chance)
            yield from trouble(chance)
        yield from closing(chance)


def opening(chance: random.Random) -> Iterator[Line]:
    yield Line(
        f"Weather is good: {chance.randint(31, 70)} % humidity, wind {chance.randint(2, 9)} m/s", "info", 8
    )
    yield Line("Opening dome…", "info", 25)
    yield Line("Dome open", "info", 5)
    yield Line(f"Camera at −20.0 °C, cooler at {chance.randint(40, 75)} %", "info", 12)
    yield from focus(chance)


def focus(chance: random.Random) -> Iterator[Line]:
    best = chance.uniform(1.6, 2.8)
    for sample in range(1, 6):
        width = best + 0.4 * abs(3 - sample) + chance.uniform(0, 0.1)
        yield Line(f"Autofocus sample {sample} of 5: fwhm {width:.2f}″", "debug", 7)
    yield Line(f"Focus done\n  fwhm {best:.2f}″\n  position {chance.randint(3900, 5200)}", "info", 6)


def observation(chance: random.Random) -> Iterator[Line]:
    target, count, seconds = chance.choice(TARGETS), chance.randint(2, 6), chance.choice((20, 30, 60, 120))
    yield Line(f"Slewing telescope to {target}…", "info", chance.uniform(12, 30))
    yield Line(f"Centered on {target}, off by {chance.uniform(0.1, 2):.1f}″", "info", 4)
    yield Line(f"Guiding: rms {chance.uniform(0.25, 0.7):.2f}″", "info", 5)
    for number in range(1, count + 1):
        yield Line(
            f"Exposing {seconds} s, filter {chance.choice(FILTERS)}, {number} of {count}", "info", seconds
        )
    yield Line(f"{target} done: {count} images", "info", chance.uniform(5, 40))


def trouble(chance: random.Random) -> Iterator[Line]:
    """Now and then something that an operator wants to see, and how it ends."""
    kind = chance.random()
    if kind < 0.14:
        yield Line("Guide star lost, searching", "warning", 20)
        yield Line("Guide star found again", "info", 5)
    elif kind < 0.24:
        yield Line(f"Clouds: sky is only {chance.uniform(3, 9):.1f} °C colder than the ground", "warning", 60)
    elif kind < 0.32:
        yield Line("Filter wheel did not answer within 5 s, trying again", "error", 8)
        yield Line("Filter wheel is back", "info", 5)
    elif kind < 0.36:
        yield Line(
            "Image is not solved: too few stars\n"
            "Traceback (most recent call last):\n"
            '  File "solve.py", line 88, in solve\n'
            "    raise TooFewStars(found)\n"
            f"TooFewStars: {chance.randint(2, 9)} of at least 10",
            "error",
            15,
        )
    elif kind < 0.39:
        yield Line("Rain: closing", "critical", 3)
        yield from closing(chance)
        yield Line("Waiting for 20 dry minutes", "info", 1200)
        yield from opening(chance)


def closing(chance: random.Random) -> Iterator[Line]:
    yield Line("Parking telescope…", "info", 20)
    yield Line("Telescope parked", "info", 2)
    yield Line("Closing dome…", "info", 25)
    yield Line("Dome closed", "info", chance.uniform(200, 900))

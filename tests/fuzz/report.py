"""What a run of the fuzzer has found, and how it is printed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from tests.fuzz.routes import table


@dataclass
class Report:
    """The findings of a run; without any, it has succeeded."""

    seed: str
    sent: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    findings: list[str] = field(default_factory=list)
    seconds: float = 0.0
    posts: list[float] = field(default_factory=list)
    deliveries: list[float] = field(default_factory=list)
    memory: tuple[int, int, int] = (0, 0, 0)  # resident, in bytes: before, after, and the most
    routes: Counter[str] = field(default_factory=Counter)  # responses, by `routes.key`
    keys: bool = False

    def __str__(self) -> str:
        count = self.sent.total()
        before, after, most = (size / 1024**2 for size in self.memory)
        rate = count / (self.seconds or 1)
        doors = "with keys" if self.keys else "without keys"
        lines = [
            f"seed {self.seed}, {doors}: {count} requests, frames and packets, {rate:.0f} a second",
            "sent: " + ", ".join(f"{number} {kind}" for kind, number in sorted(self.sent.items())),
            "answers: " + ", ".join(f"{number} × {kind}" for kind, number in sorted(self.answers.items())),
            f"the poster: {len(self.posts)} answers, {quantiles(self.posts)}",
            f"its viewer: {len(self.deliveries)} messages, from their POST on, {quantiles(self.deliveries)}",
            f"memory: {before:.0f} MiB before, {after:.0f} MiB after, {most:.0f} MiB at most",
            *table(self.routes),
            *(f"FOUND {finding}" for finding in self.findings),
            f"{len(self.findings)} findings",
        ]
        return "\n".join(lines)


def quantiles(seconds: list[float]) -> str:
    """The durations in milliseconds, in readable form."""
    ordered = sorted(seconds) or [0.0]
    p50, p99, longest = (1000 * ordered[int(share * (len(ordered) - 1))] for share in (0.5, 0.99, 1))
    return f"in ms: p50 {p50:.1f}, p99 {p99:.1f}, max {longest:.1f}"

"""One run of the fuzzer: the service, its attackers and bystanders, and then the verdict."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil
import requests

from tests.fuzz.bystanders import Poster, Watcher, delivery
from tests.support.service import PROJECT, Service, running, wait_until
from userstatus import __version__
from userstatus.server import BANNER

PROCESSES = 2  # attackers, as one alone does not keep the service busy
MAX_GROWTH_BYTES = 32 * 1024**2  # the service keeps the newest messages in memory,
MAX_GROWTH_EACH_BYTES = 512  # and polling sessions for a while: per request, frame and packet
MAX_DELAY_S = 30.0  # after the last message, by which the viewers have it
TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}")
LOG_LINE = re.compile(TIME.pattern + r" (?:DEBUG|INFO|WARNING|ERROR|CRITICAL) (?!forged)[\w.-]+: ")
MAX_SUSPECTS = 5  # exchanges shown for a line of the log
MAX_SHOWN = 8  # findings of one kind


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
    memory: tuple[int, int] = (0, 0)

    def __str__(self) -> str:
        count = self.sent.total()
        before, after = (size / 1024**2 for size in self.memory)
        rate = count / (self.seconds or 1)
        lines = [
            f"seed {self.seed}: {count} requests, frames and packets, {rate:.0f} a second",
            "sent: " + ", ".join(f"{number} {kind}" for kind, number in sorted(self.sent.items())),
            "answers: " + ", ".join(f"{number} × {kind}" for kind, number in sorted(self.answers.items())),
            f"the poster: {len(self.posts)} answers, {quantiles(self.posts)}",
            f"its viewer: {len(self.deliveries)} messages, from their POST on, {quantiles(self.deliveries)}",
            f"memory: {before:.0f} MiB before, {after:.0f} MiB after",
            *(f"FOUND {finding}" for finding in self.findings),
            f"{len(self.findings)} findings",
        ]
        return "\n".join(lines)


def quantiles(seconds: list[float]) -> str:
    """The durations in milliseconds, in readable form."""
    ordered = sorted(seconds) or [0.0]
    p50, p99, longest = (1000 * ordered[int(share * (len(ordered) - 1))] for share in (0.5, 0.99, 1))
    return f"in ms: p50 {p50:.1f}, p99 {p99:.1f}, max {longest:.1f}"


def fuzz(count: int, seed: str, folder: Path) -> Report:
    """Attack a new service with `count` requests, frames and packets; its files go into `folder`."""
    report = Report(seed)
    # The viewers here get little of a busy machine, and must not be disconnected for that.
    with running(f"sqlite:///{folder}/fuzz.db", folder, VIEWER_BUFFER="8m") as service:
        accepted = attacked(service, count, report, folder)
        report.findings += kept(service, accepted)
        if service.process is not None and service.process.poll() is None and service.stop(20) != 0:
            report.findings.append("the service does not exit with 0")
        report.findings += in_log(service.log.read_text(errors="replace"), service.url, folder)
    return report


def attacked(service: Service, count: int, report: Report, folder: Path) -> list[int]:
    """Attack, and observe the bystanders meanwhile; returns the ids of the poster's messages."""
    assert service.process is not None
    process = psutil.Process(service.process.pid)
    live = f"ws://127.0.0.1:{service.port}"
    watchers = [
        Watcher("the Socket.IO viewer", f"{live}/socket.io/?EIO=4&transport=websocket&site=calm", "40"),
        Watcher("the WebSocket viewer", f"{live}/ws?site=*"),
    ]
    posters = [Poster(service.port, "calm"), Poster(service.port, "busy")]
    with ExitStack() as leaving:
        for each in (*watchers, *posters):
            each.start()
        for watcher in watchers:
            leaving.callback(watcher.leave)
        wait_until(
            lambda: all(poster.acknowledged or poster.findings for poster in posters), "both have posted"
        )
        before, began = process.memory_info().rss, time.monotonic()
        stored = attack(service, count, report, folder)
        report.seconds = time.monotonic() - began
        for poster in posters:
            poster.stop()
        calm, busy = (poster.acknowledged for poster in posters)
        report.posts = posters[0].seconds
        if report.sent.total() < 0.9 * count:
            report.findings.append(f"only {report.sent.total()} of {count} were sent")
        report.findings += alive(service, before, process, report)
        report.findings += seen_by(watchers, [calm, sorted({*stored, *calm, *busy})])
        began_at, came_at = posters[0].began, watchers[0].came
        report.deliveries = [came_at[id] - began for id, began in began_at.items() if id in came_at]
    for findings in [poster.findings for poster in posters] + [watcher.findings for watcher in watchers]:
        report.findings += findings[:MAX_SHOWN]
    return calm


def attack(service: Service, count: int, report: Report, folder: Path) -> list[int]:
    """Start the attackers, and return the ids of the messages they stored."""
    attackers = [
        subprocess.Popen(
            [
                *(sys.executable, "-m", "tests.fuzz.attack", str(service.port), f"{report.seed}.{number}"),
                *(str(count // PROCESSES), str(folder / f"sent-{number}.log")),
            ],
            cwd=PROJECT,
            stdout=subprocess.PIPE,
        )
        for number in range(PROCESSES)
    ]
    stored: list[int] = []
    for attacker in attackers:
        seen: dict[str, Any] = json.loads(attacker.communicate()[0])
        if attacker.returncode:
            report.findings.append(f"an attacker ended with {attacker.returncode}")
        report.sent.update(seen["sent"])
        report.answers.update(seen["answers"])
        report.findings += seen["findings"][:MAX_SHOWN]
        stored += seen["accepted"]
    return stored


def alive(service: Service, before: int, process: psutil.Process, report: Report) -> list[str]:
    """Findings if the process is gone or has grown beyond the limit."""
    assert service.process is not None
    if service.process.poll() is not None:
        return [f"the process is gone, with status {service.process.returncode}"]
    after = process.memory_info().rss
    report.memory = before, after
    bound = MAX_GROWTH_BYTES + MAX_GROWTH_EACH_BYTES * report.sent.total()
    return [f"memory has grown by {(after - before) >> 20} MiB"] if after - before > bound else []


def seen_by(watchers: list[Watcher], acknowledged: list[list[int]]) -> list[str]:
    """What the viewers missed, after they have had enough time."""
    deadline = time.monotonic() + MAX_DELAY_S
    found = []
    for watcher, ids in zip(watchers, acknowledged, strict=True):
        while ids and not watcher.reached(ids[-1]) and watcher.is_alive() and time.monotonic() < deadline:
            time.sleep(0.01)
        found += delivery(watcher.name, ids, list(watcher.ids))
    return found


def kept(service: Service, acknowledged: list[int]) -> list[str]:
    """Findings if `/recent-logs` lacks some of the poster's messages."""
    missing, before = set(acknowledged), 10**15 - 1
    try:
        while missing:
            page = [each["id"] for each in service.recent(site="calm", before_id=before)]
            missing -= set(page)
            if not page:
                break
            before = min(page)
    except (requests.RequestException, AssertionError) as error:
        return [f"/recent-logs does not answer afterwards: {error!r}"]
    if missing:
        return [f"{len(missing)} acknowledged messages are not in /recent-logs, like {min(missing)}"]
    return []


def in_log(log: str, url: str, folder: Path) -> list[str]:
    """Output that is not a valid log line, each with what was being sent at that time."""
    shown = url.replace("127.0.0.1", "localhost")
    banner = set(BANNER.format(version=__version__, url=shown, databases="").splitlines())
    found: dict[str, tuple[str, str]] = {}  # by a line's pattern, as one of each kind is enough
    at = ""
    for line in filter(None, log.split("\n")):
        if time_in := TIME.search(line):
            at = time_in[0]
        # Of a traceback, the first line is enough; the others begin with spaces.
        own = LOG_LINE.match(line) or line in banner or line.startswith(("Messages are in ", " "))
        if not own or "Traceback" in line:
            found.setdefault(re.sub(r"\d+", "0", line)[:20], (at, line))
    return [
        f"in the log, {at or 'at the start'}: {line[:1000]!r}, sent just before: {sent(at, line, folder)}"
        for at, line in list(found.values())[:MAX_SHOWN]
    ]


def sent(at: str, line: str, folder: Path) -> str:
    """What was sent on the connection named in a log line, or on those active at that time."""
    ports = {int(port) for port in re.findall(r"127\.0\.0\.1:(\d+)", line)}
    moment = datetime.strptime(at, "%Y-%m-%d %H:%M:%S,%f").timestamp() if at else 0.0
    found = []
    for path in sorted(folder.glob("sent-*.log")):
        for exchange in path.read_text().splitlines():
            began, ended, port, kind, data = json.loads(exchange)
            if port in ports if ports else began - 0.002 <= moment <= ended + 0.002:
                found.append((abs(moment - began), f"\n  {kind}: {data}"))
    return "".join(shown for _, shown in sorted(found)[:MAX_SUSPECTS]) or "nothing"

"""One run of the fuzzer: the service, its attackers and bystanders, and then the verdict."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil
import requests

from tests.fuzz import inputs, routes
from tests.fuzz.attack import Plan
from tests.fuzz.bystanders import Poster, Watcher, bearer, delivery
from tests.fuzz.report import Report
from tests.fuzz.url_map import all_routes
from tests.fuzz.viewers import EventsViewer, HttpViewer, LongPoller, PollingViewer
from tests.support.databases import at
from tests.support.service import PROJECT, Service, running, wait_until
from userstatus import __version__
from userstatus.access.secret import fingerprint, new_secret
from userstatus.server import BANNER
from userstatus.store.keys import POST, READ, RIGHTS, Key, Keys

Viewer = Watcher | HttpViewer
PROCESSES = 2  # attackers, as one alone does not keep the service busy
MAX_GROWTH_BYTES = 192 * 1024**2  # the service keeps the newest messages, and polling sessions for a while
MEMORY_EVERY_S = 0.5
MAX_DELAY_S = 30.0  # after the last message, by which the viewers have it
TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}")
LOG_LINE = re.compile(TIME.pattern + r" (?:DEBUG|INFO|WARNING|ERROR|CRITICAL) (?!forged)[\w.-]+: ")
MAX_SUSPECTS = 5  # exchanges shown for a line of the log
MAX_SHOWN = 8  # findings of one kind


def fuzz(count: int, seed: str, folder: Path, keys: bool = False) -> Report:
    """Attack a new service with `count` requests, frames and packets; its files go into `folder`.

    With `keys`, posting and reading need one, and among the credentials sent are some that are right.
    """
    report = Report(seed, keys=keys)
    doors = {"POSTING": "keys", "READING": "keys"} if keys else {}
    # The viewers here get little of a busy machine, and must not be disconnected for that.
    with running(f"sqlite:///{folder}/fuzz.db", folder, VIEWER_BUFFER="8m", **doors) as service:
        ring = Ring.of(service) if keys else Ring("", [])
        accepted = attacked(service, count, report, folder, ring)
        report.findings += kept(service, accepted, ring.own)
        if service.process is not None and service.process.poll() is None and service.stop(20) != 0:
            report.findings.append("the service does not exit with 0")
        report.findings += in_log(service.log, service.url, folder, [ring.own, *ring.known])
    return report


@dataclass
class Ring:
    """The keys of a run: that of the bystanders, and those that the attackers use, too; secrets."""

    own: str
    known: list[str]

    @classmethod
    def of(cls, service: Service) -> Ring:
        """New keys, which the service knows."""
        ring = cls(new_secret(), [new_secret() for _ in range(3)])
        rights = [({"*"}, RIGHTS), ({"*"}, RIGHTS), ({inputs.RARE, "fuzz"}, [READ]), ({"fuzz"}, [POST])]
        with closing(at(service.environ["DATABASE_URL"])) as database:
            for number, (secret, (sites, may)) in enumerate(
                zip([ring.own, *ring.known], rights, strict=True)
            ):
                key = Key(f"key {number}", fingerprint(secret), frozenset(sites), frozenset(may), time.time())
                Keys(database).add(key)
        # The last one was stored last, and may not read: 403 rather than 401 shows that it is known.
        headers = bearer(ring.known[-1])
        url = f"{service.url}/sites"
        wait_until(
            lambda: requests.get(url, headers=headers, timeout=10).status_code == 403,
            "the service knows the keys",
        )
        return ring


def attacked(service: Service, count: int, report: Report, folder: Path, ring: Ring) -> list[int]:
    """Attack, and observe the bystanders meanwhile; returns the ids of the poster's messages."""
    memory = Memory(service)
    watchers = viewers(service, ring.own)
    posters = [Poster(service.port, site, ring.own) for site in ("calm", "busy")]
    with ExitStack() as leaving:
        for each in (memory, *watchers, *posters):
            each.start()
        for watcher in watchers:
            leaving.callback(watcher.leave)
        wait_until(
            lambda: all(poster.acknowledged or poster.findings for poster in posters), "both have posted"
        )
        began = time.monotonic()
        stored = attack(service, count, report, folder, ring)
        report.seconds = time.monotonic() - began
        for poster in posters:
            poster.stop()
        calm, busy = (poster.acknowledged for poster in posters)
        report.posts = posters[0].seconds
        if report.sent.total() < 0.9 * count:
            report.findings.append(f"only {report.sent.total()} of {count} were sent")
        report.findings += alive(service, memory, report)
        everything = sorted({*stored, *calm, *busy})
        report.findings += seen_by(watchers, [everything, *[calm] * (len(watchers) - 1)])
        began_at, came_at = posters[0].began, watchers[1].came
        report.deliveries = [came_at[id] - began for id, began in began_at.items() if id in came_at]
    for findings in [poster.findings for poster in posters] + [watcher.findings for watcher in watchers]:
        report.findings += findings[:MAX_SHOWN]
    return calm


def viewers(service: Service, key: str) -> list[Viewer]:
    """One viewer on each interface, the first of every site and the others of `calm`."""
    live = f"ws://127.0.0.1:{service.port}"
    over_socketio = f"{live}/socket.io/?EIO=4&transport=websocket&site=calm"
    return [
        Watcher("the viewer of /ws", f"{live}/ws?site=*", key=key),
        Watcher("the viewer of Socket.IO", over_socketio, "40", key),
        Watcher("the viewer of /datastream", f"{live}/datastream?site=calm", key=key),
        EventsViewer("the viewer of /events", service.url, key),
        LongPoller("the viewer that polls /recent-logs", service.url, key),
        PollingViewer("the viewer that polls over Socket.IO", service.url, key),
    ]


class Memory(threading.Thread):
    """Watches the resident memory of the service, in bytes."""

    def __init__(self, service: Service):
        super().__init__(daemon=True)
        self.process = psutil.Process(service.pid)
        self.before = self.most = self.process.memory_info().rss

    def run(self) -> None:
        with suppress(psutil.Error):
            while True:
                self.look()
                time.sleep(MEMORY_EVERY_S)

    def look(self) -> int:
        now: int = self.process.memory_info().rss
        self.most = max(self.most, now)
        return now


def attack(service: Service, count: int, report: Report, folder: Path, ring: Ring) -> list[int]:
    """Start the attackers, and return the ids of the messages they stored."""
    every = all_routes(folder)
    combinations = routes.combinations(every)
    attackers = []
    for number in range(PROCESSES):
        seed, journal = f"{report.seed}.{number}", str(folder / f"sent-{number}.gz")
        own = combinations[number::PROCESSES]
        plan = Plan(service.port, seed, count // PROCESSES, journal, ring.known, own)
        command = [sys.executable, "-m", "tests.fuzz.attack"]
        pipe = subprocess.PIPE
        attacker = subprocess.Popen(command, cwd=PROJECT, text=True, stdin=pipe, stdout=pipe)
        attackers.append((attacker, plan))
    for attacker, plan in attackers:
        assert attacker.stdin is not None
        attacker.stdin.write(json.dumps(vars(plan)))
        attacker.stdin.close()
        attacker.stdin = None  # which `communicate` would flush
    stored: list[int] = []
    for attacker, _ in attackers:
        seen: dict[str, Any] = json.loads(attacker.communicate()[0])
        if attacker.returncode:
            report.findings.append(f"an attacker ended with {attacker.returncode}")
        report.sent.update(seen["sent"])
        report.answers.update(seen["answers"])
        report.routes.update(seen["routes"])
        report.findings += seen["findings"][:MAX_SHOWN]
        stored += seen["accepted"]
    report.findings += routes.uncovered(report.routes, every)[:MAX_SHOWN]
    return stored


def alive(service: Service, memory: Memory, report: Report) -> list[str]:
    """Findings if the process is gone or has grown beyond the limit."""
    assert service.process is not None
    if service.process.poll() is not None:
        return [f"the process is gone, with status {service.process.returncode}"]
    report.memory = memory.before, memory.look(), memory.most
    growth = memory.most - memory.before
    return [f"memory has grown by {growth >> 20} MiB"] if growth > MAX_GROWTH_BYTES else []


def seen_by(watchers: list[Viewer], acknowledged: list[list[int]]) -> list[str]:
    """What the viewers missed, after they have had enough time."""
    deadline = time.monotonic() + MAX_DELAY_S
    found = []
    for watcher, ids in zip(watchers, acknowledged, strict=True):
        while ids and not watcher.reached(ids[-1]) and watcher.is_alive() and time.monotonic() < deadline:
            time.sleep(0.01)
        found += delivery(watcher.name, ids, list(watcher.ids))
    return found


def kept(service: Service, acknowledged: list[int], key: str = "") -> list[str]:
    """Findings if `/recent-logs` lacks some of the poster's messages, or has one that it did not post."""
    stored: list[int] = []
    before = 10**15 - 1
    query = {"site": "calm", "limit": "1000"}
    try:
        while True:
            response = requests.get(
                f"{service.url}/recent-logs",
                {**query, "before_id": str(before)},
                headers=bearer(key),
                timeout=10,
            )
            page = [each["id"] for each in response.json()]
            stored += page
            if not page:
                break
            before = min(page)
    except (requests.RequestException, TypeError) as error:
        return [f"/recent-logs does not answer afterwards: {error!r}"]
    found = []
    if missing := set(acknowledged) - set(stored):
        found.append(f"{len(missing)} acknowledged messages are not in /recent-logs, like {min(missing)}")
    if more := set(stored) - set(acknowledged):
        found.append(f"{len(more)} messages in /recent-logs were not acknowledged, like {min(more)}")
    return found


def in_log(log: Path, url: str, folder: Path, secrets: list[str]) -> list[str]:
    """Output that is not a valid log line or has a secret, each with what was being sent at that time."""
    shown = url.replace("127.0.0.1", "localhost")
    banner = set(BANNER.format(version=__version__, url=shown, databases="").splitlines())
    found: dict[str, tuple[str, str]] = {}  # by a line's pattern, as one of each kind is enough
    at = ""
    with log.open(errors="replace", newline="\n") as lines:
        for line in (each.rstrip("\n") for each in lines):
            if time_in := TIME.search(line):
                at = time_in[0]
            # Of a traceback, the first line is enough; the others begin with spaces.
            own = LOG_LINE.match(line) or line in banner or line.startswith(("Messages are in ", " "))
            if not own or "Traceback" in line or any(secret and secret in line for secret in secrets):
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
    for path in sorted(folder.glob("sent-*.gz")):
        with gzip.open(path, "rt") as exchanges:
            for exchange in exchanges:
                began, ended, port, kind, data = json.loads(exchange)
                if port in ports if ports else began - 0.002 <= moment <= ended + 0.002:
                    found.append((abs(moment - began), f"\n  {kind}: {data}"))
    return "".join(shown for _, shown in sorted(found)[:MAX_SUSPECTS]) or "nothing"

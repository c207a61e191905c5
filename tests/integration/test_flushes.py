"""On SQLite, nobody is told of a message before it is on the disk, as the service's system calls show."""

from __future__ import annotations

import json
import os
import re
import sys
import threading
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import pytest
import requests
import websocket

from tests.support.posters import Poster
from tests.support.power import trace
from tests.support.power.trace import Call
from tests.support.service import Service, needs, running, wait_until

SHORT, FULL = 100, 1000  # messages that are posted one by one
IDS = re.compile(rb'"ids?": ?\[?(\d+(?:, ?\d+)*)')
TEXTS = re.compile(rb"(?:poster|array|socket)-\d+(?:-\d+)?(?!\d)")


class Flushes:
    """What was told of messages, given as texts by id, and whether they were on the disk then."""

    def __init__(self, file: Path, texts: dict[int, str]):
        self.file = str(file)
        self.texts = texts
        self.ids = {text.encode(): id for id, text in texts.items()}
        self.written: set[int] = set()  # not flushed yet
        self.flushed: set[int] = set()
        self.largest = 0  # number of messages in a flush
        self.told: set[int] = set()
        self.early: set[int] = set()  # those that somebody was told of before they were flushed
        self.checkpoints = 0  # after which somebody was told of a message
        self._flushing: set[int] = set()
        self._is_moved = False

    def see(self, calls: Iterable[Call]) -> None:
        for call in calls:
            if call.file == f"{self.file}-wal":
                self._store(call)
            elif call.file == self.file:
                self._is_moved = True
            elif call.result is None and call.file.startswith("socket:"):
                self._tell(call.data)

    def _store(self, call: Call) -> None:
        if call.name == "pwrite64" and call.result is not None:
            found = {self.ids[text] for text in TEXTS.findall(call.data) if text in self.ids}
            self.written |= found - self.flushed
        elif call.name in ("fsync", "fdatasync") and call.result is None:
            self._flushing = set(self.written)
        elif call.name in ("fsync", "fdatasync") and call.result == "0":
            self.largest = max(self.largest, len(self._flushing))
            self.flushed |= self._flushing
            self.written -= self._flushing

    def _tell(self, data: bytes) -> None:
        ids = {int(id) for found in IDS.findall(data) for id in found.split(b",") if id.strip()}
        told = ids & self.texts.keys()
        if told and self._is_moved:
            self.checkpoints += 1
            self._is_moved = False
        self.told |= told
        self.early |= told - self.flushed


def post_arrays(service: Service, count: int) -> dict[int, str]:
    texts = [[f"array-{number}-{each}" for each in range(3)] for number in range(count)]
    found: dict[int, str] = {}
    for some in texts:
        array = [{"site": "tst", "log_message": text} for text in some]
        response = requests.post(f"{service.url}/newlog", json=array, timeout=20)
        found |= dict(zip(response.json()["ids"], some, strict=True))
    return found


def post_by_websocket(service: Service, count: int) -> dict[int, str]:
    address = f"ws://127.0.0.1:{service.port}/ws?site=none&after_id=0"
    found: dict[int, str] = {}
    with closing(websocket.create_connection(address, timeout=20)) as connection:
        for number in range(count):
            text = f"socket-{number}"
            connection.send(json.dumps({"action": "newlog", "site": "tst", "log_message": text}))
            while "accepted" not in (answer := json.loads(connection.recv())):
                pass
            found[answer["accepted"]["id"]] = text
    return found


@pytest.mark.timeout(1200)  # in full, on a busy machine
def test_nobody_is_told_of_a_message_before_it_is_flushed(tmp_path: Path, full: bool) -> None:
    needs("strace")
    count, calls, file = FULL if full else SHORT, tmp_path / "calls", tmp_path / "x.db"
    command = trace.command(calls, sys.executable, "app.py")
    with running(f"sqlite:///{file}", tmp_path, *command) as service:
        viewer = requests.get(f"{service.url}/events", {"site": "tst"}, stream=True, timeout=20)
        threading.Thread(target=viewer.raw.read, daemon=True).start()
        posters = [Poster(service.url, "tst", f"poster-{number}", pause=0.02) for number in range(8)]
        before = file.stat().st_mtime_ns
        for poster in posters:
            poster.start()
        if full:
            wait_until(lambda: file.stat().st_mtime_ns != before, "a checkpoint is run")
        texts = post_arrays(service, count // 20) | post_by_websocket(service, count // 20)
        wait_until(lambda: sum(len(each.times) for each in posters) >= count, "enough is posted", 300)
        for poster in posters:
            poster.stop()
            texts |= dict(poster.acknowledged)
        os.kill(int(calls.read_text().split(maxsplit=1)[0]), 15)
        assert service.process is not None
        assert service.process.wait(30) == 0
    flushes, unflushed = (Flushes(file, texts) for _ in range(2))
    flushes.see(trace.read(calls))
    assert flushes.told == flushes.flushed == texts.keys()
    assert flushes.early == set()
    assert flushes.largest > 1, "several messages shared a flush"
    assert flushes.checkpoints >= (2 if full else 1)
    unflushed.see(call for call in trace.read(calls) if "sync" not in call.name)
    assert unflushed.early == texts.keys(), "it would be noticed"

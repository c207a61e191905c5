"""`make demo`: a believable night at six sites, which ends with Ctrl-C and leaves nothing behind."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from itertools import islice
from pathlib import Path

import psutil
import requests

from demo.__main__ import FAST_S, LIVE_S, SITES, played
from demo.night import night
from tests.support.service import PROJECT, wait_until
from userstatus.message import LEVELS


def test_a_night_has_every_level_and_is_always_the_same() -> None:
    lines = list(islice(night("mrc1"), 5000))
    assert {line.level for line in lines} == set(LEVELS)
    assert all(line.text and line.seconds > 0 for line in lines)
    assert lines == list(islice(night("mrc1"), 5000))
    assert lines != list(islice(night("saf"), 5000))


def test_the_first_hour_is_played_fast_and_the_rest_as_it_would_happen() -> None:
    assert played(0) == 0
    assert played(FAST_S / 2) == LIVE_S / 2
    assert played(FAST_S + 100) == LIVE_S + 100


def test_the_demo_shows_six_sites_within_a_minute_and_leaves_nothing_behind(tmp_path: Path) -> None:
    elsewhere = {"READING": "keys", "USERSTATUS_KEY": "us_x", "http_proxy": "http://127.0.0.1:9"}
    environ = {**os.environ, **elsewhere, "TMPDIR": str(tmp_path)}
    command = [sys.executable, "-m", "demo"]
    with subprocess.Popen(command, cwd=PROJECT, env=environ, stdout=subprocess.PIPE, text=True) as demo:
        assert demo.stdout is not None
        lines = iter(demo.stdout.readline, "")
        url = next(found[0] for line in lines if (found := re.search(r"http://\S+", line)))
        children = psutil.Process(demo.pid).children(recursive=True)
        assert children

        def all_sites_talk() -> bool:
            return {each["site"] for each in requests.get(f"{url}/sites", timeout=10).json()} == set(SITES)

        wait_until(all_sites_talk, "every site has posted")
        demo.send_signal(signal.SIGINT)
        said = demo.communicate(timeout=30)[0]
    assert demo.returncode == 0
    assert "left nothing behind" in said
    assert not any(child.is_running() for child in children)
    assert list(tmp_path.iterdir()) == []

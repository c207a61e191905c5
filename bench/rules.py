"""What 100 level rules cost durable POSTs: two services in turn, one of them with rules."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import cycle, islice
from pathlib import Path

from bench.load import back_to_back
from demo.night import night
from tests.support.filled import filled
from tests.support.service import running
from userstatus.duty.config import read_config
from userstatus.duty.level_rules import LevelRules
from userstatus.message import NewMessage

SECONDS, ROUNDS = 3, 5
TEXTS = 5000
PARTS = ["camera", "cooler", "dome", "filter", "focuser", "guider", "mirror", "mount", "rotator", "shutter"]
AROUND = ["cloud", "dew", "disk", "heater", "humidity", "network", "power", "rain", "sun", "wind"]
TROUBLES = ["failed|failure", "lost|stalled", "time(d )?out|not answer", "too (high|low|close)", "error \\d+"]
RULES = [f"(?i){what}.*({trouble})" for what in PARTS + AROUND for trouble in TROUBLES]


def rows(folder: Path) -> Iterator[tuple[str, float, str]]:
    """Name, value and unit of each figure."""
    file = folder / "userstatus.toml"
    file.write_text("".join(f"[[levels]]\nmatch = '{each}'\nlevel = 'error'\n" for each in RULES))
    texts = [line.text for line in islice(night("mrc1"), TEXTS)]
    with ExitStack() as stack:
        services = {}
        for name, environ in (("without rules", {}), (f"{len(RULES)} level rules", {"CONFIG": str(file)})):
            url = filled(folder / f"{len(environ)}.db", 0)
            services[name] = stack.enter_context(running(url, folder, LOG_LEVEL="warning", **environ))
        rates: dict[str, list[float]] = {name: [] for name in services}
        for _ in range(ROUNDS):
            for name, service in services.items():
                rates[name].append(len(back_to_back(service.port, 32, SECONDS, cycle(texts))) / SECONDS)
        for name, found in rates.items():
            yield f"POST/s, 32 connections, {name}", statistics.median(found), "/s"
    yield f"{len(RULES)} level rules read one message", microseconds(file, texts), "µs"


def microseconds(file: Path, texts: list[str]) -> float:
    """The CPU time of the rules for one message, which is the same beside other programs."""
    rules = LevelRules(read_config(file, {}).levels)
    messages = [[NewMessage("mrc1", text, "info", 0)] for text in texts]
    took = []
    for _ in range(ROUNDS):
        began = time.process_time()
        for each in messages:
            rules.apply(each)
        took.append(time.process_time() - began)
    return 1e6 * statistics.median(took) / len(texts)

"""Which routes the service has: not in `routes`, as attackers start faster without the service's modules."""

from __future__ import annotations

import re
from pathlib import Path

from userstatus.service import Service
from userstatus.settings import PROD, Settings

PREFIXES = ("", "/logs", "/dev")
OUTSIDE_FLASK = ("/socket.io/", "/nothing-is-here")
VARIABLE = re.compile("<(?:[a-z]+:)?([a-z]+)>")
EXAMPLES = {"sites": "tst", "filename": "user-status.js"}


def all_routes(folder: Path) -> list[str]:
    """The paths that the service serves, by its own table of routes, below every prefix."""
    service = Service(Settings.from_environ({"DATABASE_URL": f"sqlite:///{folder}/routes.db"}), PROD)
    rules = {rule.rule for rule in service.app.url_map.iter_rules()}
    paths = {VARIABLE.sub(lambda found: EXAMPLES[found[1]], rule) for rule in rules} | {*OUTSIDE_FLASK}
    return [prefix + path for prefix in PREFIXES for path in sorted(paths)]

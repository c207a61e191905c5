"""`userstatus alerts`: whether those who are to be called can be called."""

from __future__ import annotations

import argparse
from functools import partial
from typing import Any

from userstatus.commands import options
from userstatus.commands.installation import with_server

EPILOG = """\
The exit status is 0 if every channel took the message, and 1 if one did not.
Variables that the file names, as in "${ONCALL_URL}", have to be set as they are for the server.
"""


def add_parser(commands: Any) -> None:
    summary = "see that those who are to be called can be called"
    alerts = options.add_command(commands, "alerts", summary, EPILOG)
    actions = alerts.add_subparsers(dest="action", title="actions", metavar="ACTION", required=True)
    test = actions.add_parser("test", help="call every channel of the configuration once")
    options.add_config(test)
    alerts.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    return with_server(partial(_test, given))


def _test(given: argparse.Namespace) -> int:
    from userstatus import maintenance

    return maintenance.test_alerts(given.config)

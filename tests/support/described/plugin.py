"""Has pytest fail whatever receives something undescribed, and a whole run in which something never came."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from tests.support.described.received import RECEIVED, Received, listen

OUTPUT = "described"  # what a worker of pytest-xdist calls it


class Described:
    """Listens to all clients, in each process that runs tests, and puts together what has come."""

    def __init__(self, config: pytest.Config, received: Received):
        self.config = config
        self.received = received
        self.names = received.names  # of all processes
        self.patches = pytest.MonkeyPatch()
        self.deselected = False
        self.missing: list[str] = []
        listen(received, self.patches)

    def pytest_unconfigure(self) -> None:
        self.patches.undo()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self) -> Generator[None]:
        yield
        self.received.complain()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self) -> Generator[None]:
        yield
        self.received.complain()

    def pytest_deselected(self) -> None:
        self.deselected = True

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take over what has come to a worker that has ended."""
        names, deselected = getattr(node, "workeroutput", {}).get(OUTPUT, ([], True))
        self.names.update(names)
        self.deselected = self.deselected or deselected

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if hasattr(self.config, "workeroutput"):
            self.config.workeroutput[OUTPUT] = sorted(self.names), self.deselected
        elif exitstatus == pytest.ExitCode.OK and is_whole(self.config) and not self.deselected:
            self.missing = self.received.missing(self.names)
            if self.missing:
                session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.missing:
            terminalreporter.section("described, but received by no test", sep="=", red=True)
            for name in self.missing:
                terminalreporter.line(name)


def is_whole(config: pytest.Config) -> bool:
    """Whether all tests are to run, not a selection."""
    paths = [Path(config.invocation_params.dir, argument).resolve() for argument in config.args]
    chosen = ("keyword", "markexpr", "lf", "ignore", "ignore_glob", "deselect")
    everything = [config.rootpath / "tests"]
    return paths == everything and not any(config.getoption(name, None) for name in chosen)


def install(config: pytest.Config) -> None:
    config.pluginmanager.register(Described(config, RECEIVED))

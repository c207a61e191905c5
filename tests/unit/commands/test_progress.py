"""The progress bar."""

from __future__ import annotations

import io

from userstatus.commands.progress import Progress, bar


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_bar_says_how_much_is_done() -> None:
    assert bar(500, 1000) == f"[{'#' * 15}{' ' * 15}]  50 %  500 of 1,000"
    assert bar(0, 0).endswith("] 100 %  0 of 0")


def test_it_is_drawn_over_itself_on_a_terminal() -> None:
    stream = Terminal()
    progress = Progress(2, stream)
    for done in (1, 1, 2):
        progress.show(done)
    progress.end()
    assert stream.getvalue() == f"\r{bar(1, 2)}\r{bar(2, 2)}\n"


def test_elsewhere_nothing_is_written() -> None:
    stream = io.StringIO()
    progress = Progress(2, stream)
    progress.show(1)
    progress.end()
    assert stream.getvalue() == ""

"""Every example in docs/clients.md receives a message, as it stands there but for the address."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.service import PROJECT, Service, needs, wait_until

CLIENTS = PROJECT / "tests" / "clients"
EXAMPLES = re.findall(
    r"^```(html|python|js|sh)\n(.*?)^```",
    (PROJECT / "docs" / "clients.md").read_text(),
    re.DOTALL | re.MULTILINE,
)
PROGRAMS = [example for example in EXAMPLES if example[0] != "html"]
PAGES = [text for language, text in EXAMPLES if language == "html"]


def here(text: str, service: Service) -> str:
    return text.replace("localhost:8080", f"127.0.0.1:{service.port}")


@pytest.mark.parametrize("number", range(len(PROGRAMS)))
def test_a_program_shows_a_message_that_is_posted(service: Service, number: int, tmp_path: Path) -> None:
    language, text = PROGRAMS[number]
    if language == "js":
        needs("node")
    command = {
        "python": [sys.executable, "-c"],
        "js": ["node", "--input-type=module", "-e"],
        "sh": ["sh", "-c"],
    }
    with subprocess.Popen(
        [*command[language], here(text, service)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=CLIENTS if language == "js" else tmp_path,
        start_new_session=True,
    ) as program:
        assert program.stdout is not None
        lines: list[str] = []
        reading = threading.Thread(target=lines.extend, args=(program.stdout,), daemon=True)
        reading.start()
        try:
            wait_until(
                # Until its connection stands, it does not see what is posted.
                lambda: (
                    service.post(site="tst", log_message=f"Hello {number}").ok
                    and any(f"Hello {number}" in line for line in lines)
                ),
                f"it shows the message: {lines}",
            )
        finally:
            os.killpg(program.pid, signal.SIGKILL)  # a shell has children
            reading.join()


@pytest.mark.parametrize("number", range(len(PAGES)))
def test_a_page_shows_a_message_that_is_posted(service: Service, number: int, page: Page) -> None:
    needs("node")
    bundle = CLIENTS / "node_modules" / "socket.io-client" / "dist" / "socket.io.min.js"
    page.route("https://cdn.socket.io/**", lambda route: route.fulfill(path=bundle))
    page.set_content(here(PAGES[number], service))
    wait_until(
        lambda: (
            service.post(site="tst", log_message=f"Hello page {number}").ok
            and page.get_by_text(f"Hello page {number}").count()
        ),
        "it shows the message",
    )
    if page.locator("#post").count():
        page.click("#post")
        page.get_by_text("from a page").wait_for()

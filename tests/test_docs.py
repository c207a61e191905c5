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

from tests.support.service import PROJECT, Service, needs, running, wait_until

CLIENTS = PROJECT / "tests" / "clients"
EXAMPLES = re.findall(
    r"^```(html|python|js|sh)\n(.*?)^```",
    (PROJECT / "docs" / "clients.md").read_text(),
    re.DOTALL | re.MULTILINE,
)
PROGRAMS = [example for example in EXAMPLES if example[0] != "html"]
PHOTON_RANCH = (PROJECT / "docs" / "photon-ranch.md").read_text()
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


def test_the_photon_ranch_pages_second_socket_brings_what_was_missed_and_what_comes(
    tmp_path: Path, page: Page
) -> None:
    (program,) = re.findall(r"^```js\n(.*?)^```", PHOTON_RANCH, re.DOTALL | re.MULTILINE)
    program = program.replace("console.log(message)", "(window.shown ??= []).push(message.message)")

    def shown() -> list[str]:
        texts: list[str] = page.evaluate("window.shown ?? []")
        return texts

    with running(f"sqlite:///{tmp_path}/x.db", tmp_path) as service:
        page.evaluate(program.replace("wss://status.example.org", f"ws://127.0.0.1:{service.port}"))
        wait_until(
            lambda: service.post(site="mrc1", log_message="there?").ok and shown(),
            "its socket is open",
        )
        for text in ("one", "two"):
            service.kill()
            service.start()
            service.post(site="mrc1-wema", log_message=text)
            service.post(site="elsewhere", log_message="not for it")
            wait_until(lambda text=text: text in shown(), text)  # type: ignore[misc]
        assert [text for text in shown() if text != "there?"] == ["one", "two"]


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

"""The README is true: its programs are run as they stand there, but for the address."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import threading

from playwright.sync_api import Page

from tests.support.service import PROJECT, Service, wait_until

README = (PROJECT / "README.md").read_text()


def programs(language: str, service: Service) -> list[str]:
    blocks = re.findall(rf"^```{language}\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
    return [block.replace("http://localhost:8080", service.url) for block in blocks]


def test_its_programs_post_a_message_and_receive_it(service: Service) -> None:
    post, receive = programs("python", service)
    lines: list[str] = []
    with subprocess.Popen([sys.executable, "-c", receive], stdout=subprocess.PIPE, text=True) as receiver:
        assert receiver.stdout is not None
        reading = threading.Thread(target=lines.extend, args=(receiver.stdout,))
        reading.start()
        try:
            # Until its connection stands, it does not see what is posted.
            wait_until(lambda: service.post(site="tst", log_message="there?").ok and lines, "it receives")
            subprocess.run([sys.executable, "-c", post], timeout=10, check=True)
            wait_until(lambda: any("sent with Python" in line for line in lines), "it shows the message")
        finally:
            receiver.kill()
            reading.join()


def test_its_curl_line_posts_a_message(service: Service) -> None:
    (curl,) = (block for block in programs("sh", service) if block.startswith("curl"))
    answer = subprocess.run(shlex.split(curl), capture_output=True, text=True, timeout=10, check=True)
    assert '"warnings":[]' in answer.stdout


def test_its_element_shows_a_message_in_a_page_elsewhere(service: Service, page: Page) -> None:
    (element,) = (block for block in programs("html", service) if "<user-status" in block)
    page.set_content(element)
    wait_until(
        lambda: (
            service.post(site="tst", log_message="in the element").ok
            and page.get_by_text("in the element").count()
        ),
        "it shows the message",
    )

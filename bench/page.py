"""The page: frame times while scrolling through 20,000 lines and during a storm, and the time from a POST."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import requests
from playwright.sync_api import Page, expect, sync_playwright

from bench.load import median, milliseconds
from tests.support.browser import DESKTOP, launched
from tests.support.filled import filled
from tests.support.service import Service, running

LINES = 20_000
FRAMES = 600
POSTS = 50
SITES = 100
STORM_PER_S = 200

# Scroll up by 300 pixels per frame; returns the times between frames in milliseconds.
SCROLL = """
async frames => {
  const scroller = document.querySelector("user-status").shadowRoot.querySelector(".scroller");
  const frame = () => new Promise(requestAnimationFrame);
  const times = [];
  for (let last = await frame(); times.length < frames;) {
    scroller.scrollTop -= 300;
    const now = await frame();
    times.push(now - last);
    last = now;
  }
  return times;
}
"""

# Returns when the line with the text was added to the document, in unix milliseconds.
SEEN = """
text => new Promise(resolve => {
  const list = document.querySelector("user-status").shadowRoot.querySelector(".list");
  window.seen = new Promise(found => new MutationObserver(() => {
    if (list.lastElementChild?.textContent.includes(text)) found(performance.timeOrigin + performance.now());
  }).observe(list, { childList: true, subtree: true }));
  resolve();
})
"""


# The times between frames in milliseconds.
FRAME_TIMES = """
async frames => {
  const frame = () => new Promise(requestAnimationFrame);
  const times = [];
  for (let last = await frame(); times.length < frames;) {
    const now = await frame();
    times.push(now - last);
    last = now;
  }
  return times;
}
"""

# Returns when the text was in the document, in a log or on the wall, in unix milliseconds.
FOUND = """
text => {
  const root = document.querySelector("user-status")?.shadowRoot ?? document;
  const parts = () => [...root.querySelectorAll(".text, .last, .worst")];
  window.seen = new Promise(found => {
    const look = () => parts().some(each => each.textContent.includes(text))
      ? found(performance.timeOrigin + performance.now()) : requestAnimationFrame(look);
    look();
  });
}
"""


def fill(service: Service) -> None:
    now = time.time()
    for start in range(0, LINES, 1000):
        messages = [
            {"site": "page", "log_message": f"Exposing {number} s" + number % 20 // 19 * "\nof many lines"}
            | {"timestamp": now - (LINES - number) / 100}
            for number in range(start, start + 1000)
        ]
        requests.post(f"{service.url}/newlog", json=messages, timeout=30).raise_for_status()


def to_the_page(page: Page, service: Service) -> Iterator[float]:
    for number in range(POSTS):
        text = f"new {number}."
        page.evaluate(SEEN, text)
        started = time.time()
        service.post(site="page", log_message=text)
        yield float(page.evaluate("window.seen")) / 1000 - started


class Storm:
    """100 sites that post 200 messages a second between them, in small requests, until it is over."""

    def __init__(self, service: Service):
        self.service = service
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._blow)

    def __enter__(self) -> None:
        self.thread.start()

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.thread.join()

    def _blow(self) -> None:
        levels = ("debug", "info", "info", "info", "warning", "error")
        started, number = time.monotonic(), 0
        with requests.Session() as session:
            while not self.over.is_set():
                messages = [
                    {
                        "site": f"site{each % SITES}",
                        "log_message": f"Exposing {each} s",
                        "log_level": levels[each % 6],
                    }
                    for each in range(number, number + 4)
                ]
                session.post(f"{self.service.url}/newlog", json=messages, timeout=30).raise_for_status()
                number += 4
                time.sleep(max(0.0, started + number / STORM_PER_S - time.monotonic()))


def during_a_storm(page: Page, service: Service, path: str, name: str) -> Iterator[tuple[str, float, str]]:
    page.goto(service.url + path)
    expect(page.locator('[data-state="caught up"]')).to_be_visible()
    with Storm(service):
        page.wait_for_timeout(3000)
        frames = [taken / 1000 for taken in page.evaluate(FRAME_TIMES, FRAMES)]
        took = list(_to_be_seen(page, service))
    yield f"frame p50, {name}", median(frames), "ms"
    yield f"frame p99, {name}", milliseconds(frames, 0.99), "ms"
    yield f"slowest frame, {name}", 1000 * max(frames), "ms"
    yield f"from a POST to the page p50, {name}", median(took), "ms"
    yield f"from a POST to the page p99, {name}", milliseconds(took, 0.99), "ms"


def _to_be_seen(page: Page, service: Service) -> Iterator[float]:
    for number in range(POSTS):
        text = f"watched {number}."
        page.evaluate(FOUND, text)
        started = time.time()
        service.post(site="watched", log_message=text)
        yield float(page.evaluate("window.seen")) / 1000 - started


def rows(folder: Path) -> Iterator[tuple[str, float, str]]:
    """Name, value and unit of each figure."""
    with (
        running(filled(folder / "page.db", 0), folder, LOG_LEVEL="warning") as service,
        sync_playwright() as playwright,
        launched(playwright, DESKTOP) as browser,
    ):
        fill(service)
        page = browser.new_page(viewport={"width": 1200, "height": 900})
        started = time.perf_counter()
        page.goto(f"{service.url}/watch/page")
        expect(page.get_by_text(f"Exposing {LINES - 1} s")).to_be_visible()
        yield "the page is there, with its newest lines", 1000 * (time.perf_counter() - started), "ms"
        while page.locator(".line").first.get_attribute("aria-setsize") != str(LINES):
            page.locator(".scroller").evaluate("scroller => { scroller.scrollTop = 0; }")
            page.wait_for_timeout(50)
        page.keyboard.press("End")
        expect(page.get_by_text(f"Exposing {LINES - 1} s")).to_be_in_viewport()
        frames = [taken / 1000 for taken in page.evaluate(SCROLL, FRAMES)]
        yield f"frame p50, scrolling through {LINES:,} lines", median(frames), "ms"
        yield f"frame p99, scrolling through {LINES:,} lines", milliseconds(frames, 0.99), "ms"
        yield f"slowest frame, scrolling through {LINES:,} lines", 1000 * max(frames), "ms"
        page.keyboard.press("End")
        took = list(to_the_page(page, service))
        yield f"from a POST to the page p50, {LINES:,} lines", median(took), "ms"
        yield f"from a POST to the page p99, {LINES:,} lines", milliseconds(took, 0.99), "ms"
        for path, name in (("/watch/*", "all sites in a storm"), ("/", "the wall in a storm")):
            yield from during_a_storm(page, service, path, name)

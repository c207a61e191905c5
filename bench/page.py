"""The page: frame times while scrolling through 20,000 lines, and the time from a POST to the page."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import requests
from playwright.sync_api import Page, expect

from bench.load import median, milliseconds
from tests.support.browser import launched
from tests.support.filled import filled
from tests.support.service import Service, running

LINES = 20_000
FRAMES = 600
POSTS = 50

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


def rows(folder: Path) -> Iterator[tuple[str, float, str]]:
    """Name, value and unit of each figure."""
    with (
        running(filled(folder / "page.db", 0), folder, LOG_LEVEL="warning") as service,
        launched() as browser,
    ):
        fill(service)
        page = browser.new_page(viewport={"width": 1200, "height": 900})
        started = time.perf_counter()
        page.goto(f"{service.url}/watch/page")
        expect(page.get_by_text(f"Exposing {LINES - 1} s")).to_be_visible()
        yield "the page is there, with its newest lines", 1000 * (time.perf_counter() - started), "ms"
        while page.locator(".line").first.get_attribute("aria-setsize") != str(LINES):
            page.locator(".scroller").press("Home")
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

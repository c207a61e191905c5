"""Debian's Chromium, driven by Playwright, and pages in it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from tests.support.service import PROJECT, Service, needs
from tests.support.serving import serving

PATIENCE = 60_000  # milliseconds
LIVE = '.state[data-state="caught up"]'
expect.set_options(timeout=PATIENCE)


@contextmanager
def launched() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    needs("chromium")
    with launched() as found:
        yield found


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A new page; any error that its scripts throw fails the test."""
    context = browser.new_context()
    context.set_default_timeout(PATIENCE)
    found = context.new_page()
    errors: list[str] = []
    found.on("pageerror", lambda error: errors.append(str(error)))
    yield found
    context.close()
    assert errors == []


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Do nothing: it would be printed between the tests' dots."""


def elsewhere() -> AbstractContextManager[str]:
    """Serve the tests' pages and clients from another origin; yields its URL."""
    return serving(partial(Quiet, directory=str(PROJECT / "tests")))


def page_elsewhere(html: str, headers: Mapping[str, str] | None = None) -> AbstractContextManager[str]:
    """Serve a page from another origin; yields its URL."""

    class OnePage(Quiet):
        def do_GET(self) -> None:
            self.send_response(200)
            for name, value in {"Content-Type": "text/html; charset=utf-8", **(headers or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(html.encode())

    return serving(OnePage)


def watch(page: Page, service: Service, sites: str, query: str = "") -> None:
    """Open the page of some sites, and wait until it is live."""
    page.goto(f"{service.url}/watch/{sites}{query}")
    expect(page.locator(LIVE)).to_be_visible()


def texts(page: Page) -> Locator:
    """The messages visible on it."""
    return page.locator(".text")

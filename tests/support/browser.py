"""Debian's Chromium, driven by Playwright, and pages in it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, Playwright, expect, sync_playwright

from tests.support.service import PROJECT, Service, needs, wait_until
from tests.support.serving import serving

PATIENCE = 60_000  # milliseconds
LIVE = '.state[data-state="caught up"]'
DESKTOP = "chromium"
# The same engine without all that a window needs: a page costs a quarter of the processor time.
SHELL = "chromium-headless-shell" if shutil.which("chromium-headless-shell") else DESKTOP
expect.set_options(timeout=PATIENCE)


@contextmanager
def launched(playwright: Playwright, program: str) -> Iterator[Browser]:
    needs(program)
    found = playwright.chromium.launch(executable_path=shutil.which(program), args=["--no-sandbox"])
    yield found
    found.close()


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as found:
        yield found


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    with launched(playwright, SHELL) as found:
        yield found


@pytest.fixture(scope="session")
def desktop(playwright: Playwright) -> Iterator[Browser]:
    """A whole browser, which can show notifications."""
    with launched(playwright, DESKTOP) as found:
        yield found


@contextmanager
def opened(browser: Browser) -> Iterator[Page]:
    """A new page; any error that its scripts throw fails the test."""
    context = browser.new_context()
    context.set_default_timeout(PATIENCE)
    found = context.new_page()
    errors: list[str] = []
    found.on("pageerror", lambda error: errors.append(str(error)))
    yield found
    context.close()
    assert errors == []


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with opened(browser) as found:
        yield found


@pytest.fixture
def notifiable(desktop: Browser) -> Iterator[Page]:
    """A new page that may show notifications."""
    with opened(desktop) as found:
        found.context.grant_permissions(["notifications"])
        yield found


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


def wait_for(page: Page, condition: str) -> None:
    """Wait for a condition in a page of ours, which does not let Playwright evaluate it by itself."""
    wait_until(lambda: page.evaluate(condition), condition)


def texts(page: Page) -> Locator:
    """The messages visible on it."""
    return page.locator(".text")

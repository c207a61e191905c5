"""The pages of a stage: they say which one it is, show its messages alone, and link to nothing outside it."""

from __future__ import annotations

import json

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.support.browser import LIVE, texts
from tests.support.service import Service
from userstatus import __version__


def post(service: Service, prefix: str, text: str) -> None:
    body = json.dumps({"site": "stage", "log_message": text})
    requests.post(f"{service.url}{prefix}/newlog", body, timeout=10).raise_for_status()


@pytest.mark.parametrize(("prefix", "other"), [("", "/dev"), ("/dev", "")])
def test_the_live_log_of_a_stage_shows_its_own_messages_alone(
    page: Page, service: Service, prefix: str, other: str
) -> None:
    page.goto(f"{service.url}{prefix}/watch/stage")
    expect(page.locator(LIVE)).to_be_visible()
    post(service, other, f"not for {prefix}/")
    post(service, prefix, f"only for {prefix}/")
    expect(texts(page).filter(has_text=f"only for {prefix}/")).to_have_count(1)
    expect(texts(page).filter(has_text=f"not for {prefix}/")).to_have_count(0)


def test_the_pages_of_dev_say_so_and_those_of_prod_do_not(page: Page, service: Service) -> None:
    for path in ("/", "/watch/stage"):
        page.goto(f"{service.url}/dev{path}")
        expect(page.locator("header")).to_contain_text("dev: test messages only")
        assert page.title().startswith("[dev] ")
        page.goto(f"{service.url}{path}")
        expect(page.locator("header")).not_to_contain_text("dev")
        assert not page.title().startswith("[dev]")
        expect(page.locator("footer")).to_have_text(f"userstatus {__version__}")


@pytest.mark.parametrize("path", ["/dev/", "/dev/watch/stage", "/dev/watch/*", "/dev"])
def test_a_page_of_dev_asks_for_and_links_to_nothing_outside_it(
    page: Page, service: Service, path: str
) -> None:
    post(service, "/dev", "a tile and a line")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("websocket", lambda socket: asked.append(socket.url))
    page.goto(f"{service.url}{path}")
    expect(page.get_by_text("a tile and a line").first).to_be_visible()
    links: list[str] = page.evaluate("Array.from(document.links, (link) => link.href)")
    assert links
    address = service.url.removeprefix("http")
    outside = [
        url
        for url in (*asked, *links)
        if not url.removeprefix("http").removeprefix("ws").startswith(f"{address}/dev")
    ]
    assert outside == []

"""What a person sees at an address where nothing is, and a program at the same one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.support.service import Service, running

PATHS = [
    ("/nowhere", 404, "Not found", "nothing is served at /nowhere: see /, "),
    ("/watch/no%20site", 400, "Bad request", "send 1 to 64 letters"),
    ("/watch/tst/more", 404, "Not found", "nothing is served at /watch/tst/more"),
    ("/static/none.js", 404, "Not found", "nothing is served at /static/none.js"),
    ("/newlog", 405, "Method not allowed", "/newlog does not take GET: use OPTIONS, POST."),
    ("/recent-logs", 400, "Bad request", "site is missing: send 1 to 64 letters"),
    ("/ws?site=tst", 426, "Upgrade required", "/ws is a WebSocket: connect to it with ws:// or wss://"),
    ("/dev", 404, "Not found", "nothing is served below /dev, as STAGES does not name dev"),
    ("/dev/watch/tst", 404, "Not found", "leave out the prefix, or have the operator add the stage"),
    ("/logs/nowhere", 404, "Not found", "nothing is served at /logs/nowhere"),
]


@pytest.fixture(scope="module")
def prod(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service without the dev stage."""
    folder: Path = tmp_path_factory.mktemp("prod")
    with running(f"sqlite:///{folder}/x.db", folder, STAGES="prod") as found:
        yield found


@pytest.mark.parametrize(("path", "status", "heading", "text"), PATHS)
def test_a_person_is_told_on_a_page_what_is_wrong_and_led_back_to_the_wall(
    page: Page, prod: Service, path: str, status: int, heading: str, text: str
) -> None:
    response = page.goto(f"{prod.url}{path}")
    assert response is not None
    assert (response.status, response.headers["vary"]) == (status, "Accept")
    assert "require-trusted-types-for 'script'" in response.headers["content-security-policy"]
    expect(page).to_have_title(f"{heading} · userstatus")
    expect(page.get_by_role("heading")).to_have_text(heading)
    expect(page.locator("main")).to_contain_text(text)
    page.get_by_role("link", name="Go to all sites").click()
    expect(page.get_by_role("heading", name="All sites")).to_be_visible()
    assert page.url.removeprefix(prod.url) in ("/", "/logs/")


@pytest.mark.parametrize(("path", "status", "_heading", "text"), PATHS)
def test_a_program_is_told_the_same_in_json(
    prod: Service, path: str, status: int, _heading: str, text: str
) -> None:
    response = requests.get(f"{prod.url}{path}", timeout=10)  # accepts */*
    assert (response.status_code, response.headers["Vary"]) == (status, "Accept")
    assert text.removesuffix(".") in response.json()["error"]


def test_the_page_is_as_dark_as_all_others(page: Page, prod: Service) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto(f"{prod.url}/nowhere")
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert all(int(part) < 40 for part in ground.removeprefix("rgb(").removesuffix(")").split(","))


@pytest.mark.parametrize("path", ["/watch/no%20such%20" + "x" * 90, "/" + "x" * 500])
def test_on_a_phone_a_long_address_is_no_wider_than_the_page(page: Page, prod: Service, path: str) -> None:
    page.set_viewport_size({"width": 360, "height": 640})
    page.goto(f"{prod.url}{path}")
    expect(page.locator(".rejected")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert page.locator(".rejected bdi").bounding_box()["width"] <= 360  # type: ignore[index]


def test_an_address_cannot_turn_our_words_around(page: Page, prod: Service) -> None:
    page.goto(f"{prod.url}/now%E2%80%AEhere")
    expect(page.locator(".rejected")).to_contain_text("nothing is served at /now%E2%80%AEhere: see /,")


def test_a_page_that_fetches_gets_json(page: Page, prod: Service) -> None:
    page.goto(prod.url)
    kind = page.evaluate("fetch('/nowhere').then((response) => response.headers.get('content-type'))")
    assert kind == "application/json"


def test_titles_name_the_product(page: Page, prod: Service) -> None:
    for path, title in (("/", "All sites"), ("/watch/mrc1", "mrc1"), ("/watch/*", "every site")):
        page.goto(f"{prod.url}{path}")
        expect(page).to_have_title(f"{title} · userstatus")

"""The pages for people, in a real browser against the real service."""

from __future__ import annotations

import re
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, Page, WebSocketRoute, expect

from tests.support.browser import PATIENCE, texts, watch
from tests.support.service import Service, running, wait_until


def test_what_is_posted_appears_on_every_page_of_its_site_and_on_no_other(
    page: Page, browser: Browser, night: Service
) -> None:
    second, other = browser.new_page(), browser.new_page()
    for each, site in ((page, "TST"), (second, "tst"), (other, "mrc1")):
        each.set_default_timeout(PATIENCE)
        watch(each, night, site)
    night.post(site="tst", log_message="Slewing", log_level="warning")
    night.post(site="mrc1", log_message="Focusing")
    expect(texts(page)).to_have_text(["Slewing"])
    expect(texts(second)).to_have_text(["Slewing"])
    expect(page.get_by_role("img", name="warning")).to_be_visible()
    expect(texts(other)).to_have_text(["Focusing"])
    second.close()
    other.close()


def test_a_page_survives_a_restart_and_shows_what_it_missed_once(page: Page, night: Service) -> None:
    watch(page, night, "tst")
    night.post(site="tst", log_message="before")
    expect(texts(page)).to_have_text(["before"])
    night.kill()
    expect(page.locator(".state")).to_have_text(
        re.compile(r"^Connection lost at \d\d:\d\d:\d\d UTC, retrying$")
    )
    night.start()
    for number in range(3):
        night.post(site="tst", log_message=f"after {number}")
    expect(texts(page)).to_have_text(["before", "after 0", "after 1", "after 2"])
    expect(page.locator(".state")).to_have_text("live")


def age(path: Path, *texts: str) -> None:
    """Make messages look as if they had been received long ago."""
    with closing(sqlite3.connect(path)) as connection:
        for text in texts:
            connection.execute("UPDATE messages SET received_at = 1 WHERE message = ?", [text])
        connection.commit()


def test_a_page_shows_where_messages_expired_while_it_was_away(
    page: Page, night: Service, tmp_path: Path
) -> None:
    watch(page, night, "tst")
    night.post(site="tst", log_message="before")
    expect(texts(page)).to_have_text(["before"])
    night.kill()
    with running(night.environ["DATABASE_URL"], tmp_path) as other:
        for text in ("expires", "remains"):
            other.post(site="tst", log_message=text)
    age(tmp_path / "x.db", "expires")
    night.start()
    expect(texts(page)).to_have_text(["before", "remains"])
    expect(page.get_by_role("alert")).to_contain_text(
        "Part of what came while this page was away has expired"
    )
    expect(page.locator(".line").nth(1).locator(".gap")).to_be_visible()
    expect(page.locator(".gap")).to_have_count(1)


def test_a_page_says_when_the_service_has_begun_a_new_log(page: Page, night: Service, tmp_path: Path) -> None:
    watch(page, night, "tst")
    for number in range(3):
        night.post(site="tst", log_message=f"old {number}")
    expect(texts(page)).to_have_count(3)
    night.kill()
    for file in tmp_path.glob("x.db*"):
        file.unlink()
    night.start()
    night.post(site="tst", log_message="of the new log")
    expect(texts(page)).to_have_text(["of the new log"])
    expect(page.get_by_role("alert")).to_contain_text("has begun a new log")


def test_a_process_that_lags_behind_is_not_taken_for_a_new_log(page: Page, night: Service) -> None:
    behind = False

    def hand_on(client: WebSocketRoute) -> None:
        server = client.connect_to_server()
        server.on_message(
            lambda text: client.send(re.sub(r'"last_id":\d+', '"last_id":0', str(text)) if behind else text)
        )

    page.route_web_socket(re.compile("/ws"), hand_on)
    watch(page, night, "tst")
    night.post(site="tst", log_message="before")
    expect(texts(page)).to_have_text(["before"])
    behind = True
    night.kill()
    night.start()
    night.post(site="tst", log_message="after")
    expect(texts(page)).to_have_text(["before", "after"])
    expect(page.get_by_role("alert")).to_be_hidden()


def test_dead_server_sent_events_are_detected_too(page: Page, night: Service) -> None:
    page.route_web_socket(re.compile("/ws"), lambda socket: socket.close())
    page.clock.install()
    page.goto(f"{night.url}/watch/tst")
    state = page.locator(".state")

    def is_live() -> bool:
        page.clock.run_for(100)
        return state.get_attribute("data-state") == "caught up"

    wait_until(is_live, "it is live")
    assert night.process is not None
    night.process.send_signal(signal.SIGSTOP)
    try:
        page.clock.run_for(29_000)
        expect(state).to_have_attribute("data-state", "reconnecting")
    finally:
        night.process.send_signal(signal.SIGCONT)


def test_a_dead_connection_is_detected_and_resumed(page: Page, night: Service) -> None:
    watch(page, night, "tst")
    night.post(site="tst", log_message="before")
    expect(texts(page)).to_have_text(["before"])
    assert night.process is not None
    night.process.send_signal(signal.SIGSTOP)  # the network drops everything, and closes nothing
    try:
        page.evaluate("dispatchEvent(new Event('online'))")  # a laptop is opened again
        expect(page.locator(".state")).to_have_attribute("data-state", "reconnecting")
    finally:
        night.process.send_signal(signal.SIGCONT)
    night.post(site="tst", log_message="after")
    expect(texts(page)).to_have_text(["before", "after"])
    expect(page.locator(".state")).to_have_text("live")


def test_a_page_is_live_even_if_a_network_breaks_websockets(page: Page, night: Service) -> None:
    page.route_web_socket(re.compile("/ws"), lambda socket: socket.close())
    watch(page, night, "tst")
    night.post(site="tst", log_message="by events")
    expect(texts(page)).to_have_text(["by events"])
    night.kill()
    night.start()
    night.post(site="tst", log_message="missed")
    expect(texts(page)).to_have_text(["by events", "missed"])


def test_markup_in_a_message_is_text(page: Page, night: Service) -> None:
    text = "<script>document.title = 'hit'</script><img src=x onerror=\"document.title = 'hit'\">"
    night.post(site="tst", log_message=text)
    watch(page, night, "tst")
    expect(texts(page)).to_have_text([text])
    page.goto(night.url)
    expect(page.locator("#wall .last")).to_have_text([text])
    expect(page).to_have_title("All sites · userstatus")


def test_an_invalid_site_is_rejected_with_a_reason(page: Page, service: Service) -> None:
    response = page.goto(f"{service.url}/watch/no%20site")
    assert response is not None
    assert response.status == 400
    expect(page.locator(".rejected")).to_contain_text("send 1 to 64 letters")
    policy = response.headers["content-security-policy"]
    assert "require-trusted-types-for 'script'" in policy
    assert "'unsafe" not in policy
    assert requests.get(f"{service.url}/watch", timeout=5).url.endswith("/watch/*")


@pytest.mark.parametrize("path", ["/", "/watch/foot"])
@pytest.mark.parametrize("height", [300, 900])
def test_the_foot_of_a_page_is_below_everything_else(
    page: Page, service: Service, path: str, height: int
) -> None:
    for number in range(50):
        service.post(site="foot", log_message=f"line {number}")
    page.set_viewport_size({"width": 360, "height": height})
    page.goto(service.url + path)
    expect(page.get_by_text("line 49", exact=True)).to_be_visible()
    main, foot = page.locator("main").bounding_box(), page.locator("footer").bounding_box()
    assert main is not None
    assert foot is not None
    bottom = main["y"] + page.locator("main").evaluate("each => each.scrollHeight")
    assert foot["y"] > bottom - 1  # heights are rounded
    if path != "/":
        assert page.evaluate("document.documentElement.scrollHeight") == height

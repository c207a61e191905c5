"""Browsers' own EventSource and WebSocket, and a page modelled on Photon Ranch's."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import elsewhere
from tests.support.service import needs, running, wait_until

LISTEN = """
url => {
  window.seen = [];
  window.states = [];
  const events = new EventSource(url + "/events?site=tst");
  events.addEventListener("subscribed", ({ data }) => states.push(JSON.parse(data)));
  events.addEventListener("newlog", ({ data }) => seen.push(JSON.parse(data).id));
}
"""


CONNECT = """
url => {
  window.seen = [];
  window.states = [];
  let last = "";
  function connect() {
    const socket = new WebSocket(url.replace("http", "ws") + "/ws?site=tst&after_id=" + last);
    socket.onclose = () => setTimeout(connect, 100);
    socket.onmessage = ({ data }) => {
      const { id, subscribed } = JSON.parse(data);
      if (subscribed) {
        states.push(subscribed);
        if (last === "") last = subscribed.last_id;
      } else {
        seen.push(last = id);
      }
    };
  }
  connect();
}
"""


@pytest.mark.parametrize("listen", [LISTEN, CONNECT], ids=["EventSource", "WebSocket"])
def test_a_browser_misses_nothing_when_the_server_is_killed(page: Page, tmp_path: Path, listen: str) -> None:
    with running(f"sqlite:///{tmp_path}/x.db", tmp_path) as service:
        service.post(site="tst", log_message="before it came")
        page.evaluate(listen, service.url)
        page.wait_for_function("states.length === 1")
        ids = [service.post(site="tst", log_message="live").json()["id"]]
        page.wait_for_function("seen.length === 1")
        for restart in (2, 3):
            service.kill()
            service.start()
            ids.append(service.post(site="tst", log_message="perhaps missed").json()["id"])
            page.wait_for_function(f"states.length === {restart} && seen.length === {restart}")
        assert page.evaluate("seen") == ids


def test_a_browser_that_was_killed_before_the_first_message_misses_nothing(
    page: Page, tmp_path: Path
) -> None:
    with running(f"sqlite:///{tmp_path}/x.db", tmp_path) as service:
        service.post(site="tst", log_message="before it came")
        page.evaluate(LISTEN, service.url)
        page.wait_for_function("states.length === 1")
        service.kill()
        service.start()
        missed = service.post(site="tst", log_message="the first for it").json()["id"]
        page.wait_for_function("seen.length === 1")
        assert page.evaluate("seen") == [missed]


def test_a_page_of_photon_ranch_shows_the_last_day_and_what_comes_live(page: Page, tmp_path: Path) -> None:
    needs("node")  # which installs its libraries
    with running(f"sqlite:///{tmp_path}/x.db", tmp_path) as service, elsewhere() as origin:
        service.post(site="MRC1", log_message="of last night", timestamp=time.time() - 3600, log_level="INFO")
        service.post(site="mrc1-wema", log_message="clear sky", timestamp=time.time())
        service.post(site="saf", log_message="at the other site", timestamp=time.time())
        urls = f"logs={service.url}/logs&datastream={service.url.replace('http', 'ws')}/datastream"
        page.goto(f"{origin}/browser/pages/photon-ranch.html?{urls}")
        telescope, weather = page.locator("#telescope li"), page.locator("#weather li")
        expect(telescope).to_have_text(["INFO of last night"])
        expect(telescope).to_have_class("old")
        expect(weather).to_have_text(["INFO clear sky"])
        page.wait_for_selector("body.telescope-live.weather-live")
        service.post(site="mrc1", log_message="Slewing", log_level="WARN", timestamp=time.time())
        service.post(site="mrc1-wema", log_message="clouds", timestamp=time.time() + 1)
        expect(telescope).to_have_text(["INFO of last night", "WARNING Slewing"])
        expect(weather).to_have_text(["INFO clear sky", "INFO clouds"])
        page.click("#test")
        expect(telescope.last).to_have_text("INFO test button")
        page.click("#broken")
        expect(page.locator("#status")).to_have_text("400")
        page.click("#switch")
        expect(telescope).to_have_text(["INFO at the other site"])
        for news in ("live at the other site", "back after a restart, by itself"):
            wait_until(
                lambda news=news: (  # type: ignore[misc]
                    service.post(site="saf", log_message=news).ok
                    and telescope.last.inner_text() == f"INFO {news}"
                ),
                news,
            )
            service.kill()
            service.start()

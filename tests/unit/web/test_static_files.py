"""What pages name comes as one file, compressed for whoever can read that; everything else as it is."""

from __future__ import annotations

import gzip
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from userstatus.web.static_files import FOLDER, JOINED, StaticFiles

TEMPLATES = FOLDER.parent / "templates"


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    app = Flask("test", static_folder=None)
    app.add_url_rule("/static/<path:filename>", view_func=StaticFiles().send)
    return app.test_client()


def named_by_pages() -> set[str]:
    pages = "".join(page.read_text() for page in TEMPLATES.iterdir())
    named = re.findall(r"filename='([^']+\.(?:js|css))'", pages)
    return {*named, "user-status.css"}  # which the element itself loads


def test_what_pages_name_imports_nothing_as_it_is_served(client: FlaskClient) -> None:
    for name in sorted(named_by_pages()):
        with client.get(f"/static/{name}") as response:
            served = response.get_data(as_text=True)
        assert not re.search(r"^(@import|import|export)\b", served, re.MULTILINE), name
    assert set(JOINED) <= named_by_pages()


@pytest.mark.parametrize("name", JOINED)
def test_a_joined_file_is_compressed_for_whoever_can_read_that(client: FlaskClient, name: str) -> None:
    plain = client.get(f"/static/{name}")
    packed = client.get(f"/static/{name}", headers={"Accept-Encoding": "br, gzip;q=0.5"})
    assert plain.content_encoding is None
    assert packed.content_encoding == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert plain.vary.as_set() == packed.vary.as_set() == {"accept-encoding"}
    assert plain.mimetype == packed.mimetype == JOINED[name]
    refused = client.get(f"/static/{name}", headers={"Accept-Encoding": "gzip;q=0"})
    assert refused.data == plain.data


def test_whoever_has_a_joined_file_already_is_told_so(client: FlaskClient) -> None:
    for accepted in ("identity", "gzip"):
        first = client.get("/static/user-status.js", headers={"Accept-Encoding": accepted})
        headers = {"Accept-Encoding": accepted, "If-None-Match": first.headers["ETag"]}
        second = client.get("/static/user-status.js", headers=headers)
        assert (second.status_code, second.data) == (304, b"")


def test_every_other_file_is_served_as_it_is(client: FlaskClient) -> None:
    with client.get("/static/data/clock.js") as response:
        assert response.data == (FOLDER / "data/clock.js").read_bytes()
    with client.get("/static/icon.svg", headers={"Range": "bytes=0-3"}) as response:
        assert (response.mimetype, response.status_code, response.data) == ("image/svg+xml", 206, b"<svg")


@pytest.mark.parametrize(
    "name", ["none.js", "../pages.py", "%2e%2e/pages.py", "/etc/passwd", "data", "..\\pages.py"]
)
def test_what_is_not_there_or_not_meant_for_others_is_not_found(client: FlaskClient, name: str) -> None:
    assert client.get(f"/static/{name}", follow_redirects=True).status_code == 404

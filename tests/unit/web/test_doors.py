"""The doors are closed for whatever is not named as open, and lead people to where a key is entered."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask, Response, request

from tests.support.doors import SECRET, doors, key
from tests.support.environs import client_of
from userstatus.store.keys import Key
from userstatus.web import rejections
from userstatus.web.doors import Doors

HTML = {"Accept": "text/html"}
BEARER = {"Authorization": f"Bearer {SECRET}"}


def client(*keys: Key, reading: bool = True) -> Any:
    """A client of an application with a new endpoint, which shows the messages of the sites in `site`."""
    app, found = Flask("x"), doors(*keys, reading=reading)
    found.install(app)
    rejections.install(app, lambda rejection: Response(rejection.error, rejection.status))
    app.add_url_rule("/sign-in", "sign_in.form", lambda: "sign in")

    def new() -> str:
        found.permit(request.args["site"].split(","))
        return str(found.own_sites())

    app.add_url_rule("/new", "new", new)
    return client_of(app)


def test_a_new_endpoint_is_closed_by_itself() -> None:
    assert client().get("/new?site=tst").status_code == 401
    assert client().get("/unknown").status_code == 401
    assert client(reading=False).get("/unknown").status_code == 404


def test_a_key_opens_the_sites_that_it_is_for() -> None:
    visitor = client(key("tst", "mrc1"))
    assert visitor.get("/new?site=tst", headers=BEARER).text == "['mrc1', 'tst']"
    assert visitor.get("/new?site=tst,saf", headers=BEARER).status_code == 403
    assert visitor.get("/new?site=*", headers=BEARER).status_code == 403
    assert client(key()).get("/new?site=*", headers=BEARER).text == "None"


def test_people_are_led_to_the_sign_in_and_back() -> None:
    response = client().get("/new?site=tst", headers=HTML)
    assert (response.status_code, response.location) == (303, "/sign-in?next=/new?site%3Dtst")
    assert client().get("/sign-in").text == "sign in"
    response = client().get("/new?site=tst", headers=HTML, environ_overrides={"SCRIPT_NAME": "/dev"})
    assert response.location == "/dev/sign-in?next=/dev/new?site%3Dtst"


def test_what_needs_a_key_is_kept_in_no_cache() -> None:
    response = client(key()).get("/new?site=tst", headers=BEARER)
    assert response.headers["Cache-Control"] == "no-store"
    assert "Cache-Control" not in client(reading=False).get("/new?site=tst").headers


def test_a_preflight_needs_no_key_as_browsers_send_none_with_it() -> None:
    assert client().options("/new").status_code == 200


def test_where_reading_is_open_a_cookie_of_an_old_key_does_no_harm_and_a_wrong_key_is_told() -> None:
    visitor = client(reading=False)
    visitor.set_cookie("userstatus_key", SECRET)
    assert visitor.get("/new?site=tst").status_code == 200
    assert visitor.get("/new?site=tst", headers=BEARER).status_code == 401


def test_whoever_needs_no_key_has_the_open_permit() -> None:
    from userstatus.live.permits import OPEN

    found: Doors = doors()
    assert found.permit_of(None, "192.0.2.1") is OPEN
    assert doors(reading=True).permit_of(None, "192.0.2.1") is not OPEN


@pytest.mark.parametrize("reading", [True, False])
def test_a_permit_keeps_its_key_so_that_it_can_be_revoked(reading: bool) -> None:
    assert doors(key("tst"), reading=reading).permit_of(key("tst"), "192.0.2.1").key == key("tst")

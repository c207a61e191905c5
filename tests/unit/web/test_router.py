"""What every request passes first: odd headers, paths and queries are cleaned, and the path names a stage."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Response

from tests.support.environs import ID, environ, respond
from userstatus.errors import Rejection
from userstatus.web.hosts import Hosts
from userstatus.web.http_server import NOSNIFF
from userstatus.web.router import Router, clean


def cleaned(**environ: str) -> dict[str, Any]:
    found = {"PATH_INFO": "/", **environ}
    clean(found)
    return found


def test_a_path_has_no_slash_twice() -> None:
    assert cleaned(PATH_INFO="//logs///newlog/")["PATH_INFO"] == "/logs/newlog/"


def test_header_values_are_free_of_control_characters() -> None:
    assert cleaned(HTTP_X="a\r\n\x00b\x1b[2J")["HTTP_X"] == "a b [2J"


def test_nobody_compresses_websockets() -> None:
    assert "HTTP_SEC_WEBSOCKET_EXTENSIONS" not in cleaned(HTTP_SEC_WEBSOCKET_EXTENSIONS="permessage-deflate")


@pytest.mark.parametrize(
    ("connection", "kept"),
    [("Upgrade", True), ("keep-alive, upgrade", True), ("upgraded", False), ("", False)],
)
def test_an_upgrade_means_something_only_where_the_connection_says_so(connection: str, kept: bool) -> None:
    assert ("HTTP_UPGRADE" in cleaned(HTTP_UPGRADE="websocket", HTTP_CONNECTION=connection)) is kept


@pytest.mark.parametrize(
    ("forwarded", "scheme"), [("https", "https"), ("http, HTTPS ", "https"), ("javascript", None), ("", None)]
)
def test_a_proxy_may_name_a_scheme_of_the_web_and_no_other(forwarded: str, scheme: str | None) -> None:
    assert cleaned(HTTP_X_FORWARDED_PROTO=forwarded).get("HTTP_X_FORWARDED_PROTO") == scheme


def test_raw_bytes_in_a_query_are_quoted_and_nothing_else_is() -> None:
    assert cleaned(QUERY_STRING="site=%20a&b=\xff")["QUERY_STRING"] == "site=%20a&b=%FF"
    assert cleaned(QUERY_STRING="site=a,b;*")["QUERY_STRING"] == "site=a,b;*"


def rejected(rejection: Rejection, environ: dict[str, Any]) -> Response:
    return Response(f"{environ['PATH_INFO']}: {rejection.error}", rejection.status)


class Stages:
    """A router in front of stages that remember the prefix and the path of each request."""

    def __init__(self, *stages: str) -> None:
        self.arrived: list[tuple[str, str, str]] = []
        self.router = Router({stage: self.stage(stage) for stage in stages}, Hosts(("*",)), rejected)

    def stage(self, name: str) -> Any:
        def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
            self.arrived.append((name, environ["SCRIPT_NAME"], environ["PATH_INFO"]))
            start_response("200 OK", [])
            return [name.encode()]

        return application


@pytest.mark.parametrize(
    ("path", "arrived"),
    [
        ("/", ("prod", "", "/")),
        ("/newlog", ("prod", "", "/newlog")),
        ("/watch/dev", ("prod", "", "/watch/dev")),
        ("/logs", ("prod", "/logs", "/")),
        ("/logs/", ("prod", "/logs", "/")),
        ("/logs/watch/tst", ("prod", "/logs", "/watch/tst")),
        ("/dev", ("dev", "/dev", "/")),
        ("/dev/newlog", ("dev", "/dev", "/newlog")),
        ("//dev//newlog", ("dev", "/dev", "/newlog")),
        ("/dev/dev/newlog", ("dev", "/dev", "/dev/newlog")),
        ("/logs/dev", ("prod", "/logs", "/dev")),
        ("/developers", ("prod", "", "/developers")),
        ("/logsheet/x", ("prod", "", "/logsheet/x")),
        ("/Dev/newlog", ("prod", "", "/Dev/newlog")),
        ("", ("prod", "", "")),
    ],
)
def test_a_prefix_leads_to_its_stage_and_is_removed_from_the_path(
    path: str, arrived: tuple[str, str, str]
) -> None:
    stages = Stages("prod", "dev")
    assert respond(stages.router, environ(path)).body == arrived[0].encode()
    assert stages.arrived == [arrived]


def test_a_stage_that_is_switched_off_is_not_found() -> None:
    stages = Stages("prod")
    status, headers, body = respond(stages.router, environ("/dev/newlog", "POST"))
    assert (status.upper(), stages.arrived) == ("404 NOT FOUND", [])
    expected = "/dev/newlog: nothing is served below /dev, as STAGES does not name dev: "
    assert body.decode().startswith(expected)
    assert {NOSNIFF, ("X-Request-ID", ID)} <= set(headers)


def test_a_request_is_clean_before_a_stage_sees_it() -> None:
    seen: list[dict[str, Any]] = []

    def application(environ: dict[str, Any], _start_response: Any) -> list[bytes]:
        seen.append(environ)
        return []

    respond(
        Router({"prod": application}, Hosts(("*",)), rejected), environ(HTTP_X="a\x1bb", QUERY_STRING="\xff")
    )
    assert [(each["HTTP_X"], each["QUERY_STRING"]) for each in seen] == [("a b", "%FF")]

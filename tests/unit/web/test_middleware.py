"""What every request passes first: odd headers, paths and queries are cleaned before anything sees them."""

from __future__ import annotations

from typing import Any

import pytest

from userstatus.gate import _clean


def cleaned(**environ: str) -> dict[str, Any]:
    found = {"PATH_INFO": "/", **environ}
    _clean(found)
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
def test_a_router_may_name_a_scheme_of_the_web_and_no_other(forwarded: str, scheme: str | None) -> None:
    assert cleaned(HTTP_X_FORWARDED_PROTO=forwarded).get("HTTP_X_FORWARDED_PROTO") == scheme


def test_raw_bytes_in_a_query_are_quoted_and_nothing_else_is() -> None:
    assert cleaned(QUERY_STRING="site=%20a&b=\xff")["QUERY_STRING"] == "site=%20a&b=%FF"
    assert cleaned(QUERY_STRING="site=a,b;*")["QUERY_STRING"] == "site=a,b;*"

"""The HTTP connection of a request is found in its environ, under one key."""

from __future__ import annotations

import re

import pytest

from userstatus.connection import KEY, connection_of


def test_the_connection_of_a_request_is_what_the_http_server_put_there() -> None:
    connection = object()
    assert connection_of({KEY: connection}) is connection


def test_an_environ_of_another_server_is_an_error_that_names_the_key() -> None:
    with pytest.raises(KeyError, match=re.escape(KEY)):
        connection_of({})

"""Every request has an id: its own, or a new one."""

from __future__ import annotations

import pytest

from userstatus.web.request_ids import VALID, RequestIds


@pytest.mark.parametrize("given", ["a", "0af7651916cd43dd-8448.eb_211c", "x" * 64])
def test_an_id_that_a_client_sent_is_kept(given: str) -> None:
    assert RequestIds().of({"x-request-id": given}) == given


@pytest.mark.parametrize("given", ["", "x" * 65, "a b", "a\n", "a,b", "ü", '"', "<b>", f"us_{'k' * 32}"])
def test_an_id_that_is_not_valid_is_replaced(given: str) -> None:
    found = RequestIds().of({"x-request-id": given})
    assert found != given
    assert VALID.fullmatch(found)


def test_new_ids_differ_within_a_process_and_between_processes() -> None:
    one, another = RequestIds(), RequestIds()
    assert len({ids.of({}) for ids in (one, another) for _ in range(100)}) == 200

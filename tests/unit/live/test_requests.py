"""What a viewer sends: sites, a cursor, and actions."""

from __future__ import annotations

import pytest

from userstatus.errors import Rejection
from userstatus.live.requests import Watch, read_action, read_cursor, read_sites, read_watch
from userstatus.message import Cursor


@pytest.mark.parametrize(
    ("value", "cursor"),
    [(None, None), (7, Cursor(7)), ("7", Cursor(7)), ("7-1500000", Cursor(7, 1_500_000)), (0, Cursor(0))],
)
def test_a_cursor_comes_as_it_was_sent_or_as_an_id(value: object, cursor: Cursor | None) -> None:
    assert read_cursor(value) == cursor


@pytest.mark.parametrize("value", [-1, 1.5, True, [], {}, "x", "-7", "", 10**18])
def test_an_odd_cursor_is_rejected_by_the_name_it_came_by(value: object) -> None:
    with pytest.raises(Rejection, match=r"before_id is .*: send the cursor") as rejection:
        read_cursor(value, "before_id")
    assert rejection.value.field == "before_id"


@pytest.mark.parametrize(
    ("asked", "header", "expected"),
    [
        ({"site": "A,b"}, None, Watch(["a", "b"], None, resumes=False)),
        ({"site": "*", "after_id": ""}, None, Watch(["*"], None, resumes=True)),
        ({"site": "a", "after_id": None}, None, Watch(["a"], None, resumes=True)),
        ({"site": "a", "after_id": "5"}, None, Watch(["a"], Cursor(5), resumes=True)),
        ({"site": "a", "after_id": "5"}, "6", Watch(["a"], Cursor(6), resumes=True)),
        ({"site": "a", "after_id": "5", "lastEventId": "7"}, None, Watch(["a"], Cursor(7), resumes=True)),
        ({"site": "a", "lastEventId": "7"}, "6", Watch(["a"], Cursor(6), resumes=True)),
    ],
)
def test_what_a_browser_resumes_with_goes_before_what_it_began_with(
    asked: dict[str, object], header: str | None, expected: Watch
) -> None:
    assert read_watch(asked, header) == expected


def test_several_sites_come_with_commas_or_in_a_list() -> None:
    assert read_sites("MRC1, mrc,mrc1,") == ["mrc1", "mrc"]
    assert read_sites(["a", "B"]) == ["a", "b"]
    assert read_sites("*", every=True) == ["*"]


def test_too_many_sites_are_rejected_before_they_are_read() -> None:
    with pytest.raises(Rejection, match="more than 1000 sites"):
        read_sites(["a b"] * 1001)


def test_an_action_is_named_in_an_object() -> None:
    assert read_action(b'{"action": "newlog", "site": "a"}', ["newlog"])[1]["site"] == "a"


@pytest.mark.parametrize(
    ("said", "field"),
    [(b"", None), (b"[]", None), (b"[" * 100_000, None), (b"\xff", None), (b"{}", "action"),
     (b'{"action": "other"}', "action"), (b'{"action": ["newlog"]}', "action")],
)  # fmt: skip
def test_what_is_no_action_is_rejected_with_what_to_send(said: bytes, field: str | None) -> None:
    with pytest.raises(Rejection, match="send one") as rejection:
        read_action(said, ["newlog"])
    assert rejection.value.field == field

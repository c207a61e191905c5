"""Server-sent events, read from lines."""

from __future__ import annotations

from userstatus.commands.event_stream import Event, events


def read(text: str) -> list[Event]:
    return list(events(text.encode().splitlines(keepends=True)))


def test_an_event_has_a_kind_data_and_an_id() -> None:
    assert read('retry: 1000\nid: 7-1\nevent: newlog\ndata: {"a":1}\n\n') == [
        Event("newlog", '{"a":1}', "7-1")
    ]


def test_an_id_holds_until_the_next_one() -> None:
    assert [each.last_id for each in read("id: 1\ndata: a\n\ndata: b\n\nid: 2\ndata: c\n\n")] == [
        "1",
        "1",
        "2",
    ]


def test_data_may_have_several_lines_and_lines_may_end_in_two_ways() -> None:
    assert read("data: a\r\ndata:b\r\n\r\n") == [Event("message", "a\nb", "")]


def test_an_event_that_is_cut_off_is_none() -> None:
    assert read("data: a\n\nid: 2\ndata: b\n") == [Event("message", "a", "")]
    assert read("data: a\n\nid: 2\ndata: b\n\ndata: c") == [
        Event("message", "a", ""),
        Event("message", "b", "2"),
    ]


def test_comments_and_events_without_data_are_left_out() -> None:
    assert read(": hello\n\nevent: x\n\ndata: a\n\n") == [Event("message", "a", "")]

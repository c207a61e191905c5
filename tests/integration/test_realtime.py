"""Socket.IO viewers of the running service."""

from __future__ import annotations

import time

import pytest
import socketio

from tests.support.inspection import SLACK, forgotten
from tests.support.service import Service
from tests.support.viewers import watching


def test_a_viewer_of_the_site_sees_the_message_in_the_documented_shape(service: Service) -> None:
    with watching(service.url, "?site=rt1") as (viewer,):
        sent = service.post(site="RT1", log_message="Slewing…", log_level="WARN", timestamp=1604514063.9)
        (message,) = viewer.wait_for(1)
        received_at, cursor = message.pop("received_at"), message.pop("cursor")
        assert message == {
            "id": sent.json()["id"],
            "site": "rt1",
            "message": "Slewing…",
            "log_level": "warning",
            "timestamp": "1604514063",
        }
        assert abs(received_at - time.time()) < 60
        assert cursor == service.cursor()


def test_another_sites_viewer_sees_nothing(service: Service) -> None:
    with watching(service.url, "?site=rt2", "?site=rt3") as (viewer, other):
        service.post(site="rt2", log_message="for rt2")
        service.post(site="rt3", log_message="for rt3")
        service.post(site="rt2", log_message="after that")
        viewer.wait_for(2)
        other.wait_for(1)
        assert (viewer.texts(), other.texts()) == (["for rt2", "after that"], ["for rt3"])


@pytest.mark.parametrize("auth", [{"site": "rt4"}, {"site": "x,RT4"}, {"site": ["x", "rt4"]}, {"site": "*"}])
def test_the_site_may_come_in_auth_several_and_every_one_too(service: Service, auth: object) -> None:
    with watching(service.url, "", auth=auth) as (viewer,):
        service.post(site="rt4", log_message="hello")
        viewer.wait_for(1)


@pytest.mark.parametrize("transport", ["polling", "websocket"])
def test_either_transport_brings_messages(service: Service, transport: str) -> None:
    with watching(service.url, "?site=rt5", transports=[transport]) as (viewer,):
        for number in range(20):
            service.post(site="rt5", log_message=str(number))
        viewer.wait_for(20)
        assert viewer.texts() == [str(number) for number in range(20)]


def test_a_viewer_of_a_site_and_of_every_site_gets_each_message_once(service: Service) -> None:
    with watching(service.url, "?site=rt6,*") as (viewer,):
        service.post(site="rt6", log_message="once")
        service.post(site="rt6", log_message="end")
        viewer.wait_for(2)
        assert viewer.texts() == ["once", "end"]


def test_sites_can_be_added_and_left_and_the_acknowledgement_lists_them(service: Service) -> None:
    with watching(service.url, "?site=rt7") as (viewer,):
        service.post(site="rt7", log_message="to rt7")
        viewer.wait_for(1)
        assert viewer.ask("subscribe", {"site": "RT8"}) == {
            "ok": True,
            **service.subscription_status("rt7", "rt8"),
        }
        service.post(site="rt8", log_message="to rt8")
        viewer.wait_for(2)
        assert viewer.ask("unsubscribe", {"site": "rt7"})["sites"] == ["rt8"]
        service.post(site="rt7", log_message="not any more")
        service.post(site="rt8", log_message="still")
        viewer.wait_for(3)
        assert viewer.texts() == ["to rt7", "to rt8", "still"]


@pytest.mark.parametrize(
    "wanted", [None, "rt9", [], {}, {"site": None}, {"site": "a b"}, {"site": 5}, {"site": [5]}]
)
@pytest.mark.parametrize("event", ["subscribe", "unsubscribe"])
def test_an_invalid_subscription_is_acknowledged_with_what_is_wrong(
    service: Service, event: str, wanted: object
) -> None:
    with watching(service.url, "?site=rt9") as (viewer,):
        response = viewer.ask(event, wanted)
        assert response["ok"] is False
        assert ": send " in response["error"] or "send an object" in response["error"]
        service.post(site="rt9", log_message="all the same")
        viewer.wait_for(1)


def test_a_connection_for_an_invalid_site_is_rejected_with_a_reason(service: Service) -> None:
    reasons: list[dict[str, object]] = []
    client = socketio.Client()
    client.on("connect_error", reasons.append)
    with pytest.raises(socketio.exceptions.ConnectionError):
        client.connect(f"{service.url}?site=a%20b")
    assert (
        reasons[0]["message"] == "site is 'a b': send 1 to 64 letters, digits, dots, underscores or hyphens"
    )
    assert reasons[0]["data"] == {"error": reasons[0]["message"], "field": "site"}


def test_a_null_level_or_a_numeric_text_breaks_nothing_for_anyone(service: Service) -> None:
    with watching(service.url, "?site=rt10", "?site=rt10", transports=["websocket"]) as viewers:
        for fields in (
            {"log_message": 5, "log_level": None},
            {"log_message": {"a": [1]}, "log_level": 30},
            {"log_message": "<script>\ud83d", "log_level": ["x"], "timestamp": "noon"},
        ):
            assert service.post(site="rt10", **fields).status_code == 200
        for viewer in viewers:
            viewer.wait_for(3)
            assert [message["message"] for message in viewer.received] == [
                "5",
                '{"a": [1]}',
                "<script>\ufffd",
            ]
            assert [message["log_level"] for message in viewer.received] == ["info", "warning", "info"]


def test_two_messages_with_the_same_site_second_and_text_both_arrive(service: Service) -> None:
    with watching(service.url, "?site=rt11") as (viewer,):
        for _ in range(2):
            service.post(site="rt11", log_message="same", timestamp=1604514063)
        viewer.wait_for(2)
        assert viewer.texts() == ["same", "same"]
        assert len(set(viewer.ids())) == 2


def test_viewers_that_leave_are_forgotten_and_can_come_back(service: Service) -> None:
    with forgotten(service), watching(service.url, *["?site=rt12"] * (SLACK + 2)) as viewers:
        service.post(site="rt12", log_message="hello")
        for each in viewers:
            each.wait_for(1)
    with watching(service.url, "?site=rt12") as (viewer,):
        service.post(site="rt12", log_message="welcome back")
        viewer.wait_for(1)
        assert viewer.texts() == ["welcome back"]

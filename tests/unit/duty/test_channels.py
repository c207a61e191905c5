"""Channels: which URLs are understood, and what becomes of calls; with Apprise itself."""

from __future__ import annotations

import pytest

from tests.support.oncall import mail_server, phone
from userstatus.duty import channels as module
from userstatus.duty.call_text import CallText
from userstatus.duty.channels import Apprise, Channel, Outcome, channels
from userstatus.duty.config import Alert
from userstatus.errors import StartError

TEXT = CallText("Title", "5° off\n<b>and *more*", "error")


def test_a_url_of_several_alerts_is_one_channel_and_its_key_is_no_secret() -> None:
    (first,), (again, other) = channels([Alert(("json://secret",)), Alert(("json://secret", "json://b"))])
    assert first == again == Channel("alerts[1].to[1]", "json://secret")
    assert other.place == "alerts[2].to[2]"
    assert (len(first.key), "secret" in first.key) == (16, False)


def test_a_url_that_apprise_does_not_understand_is_told_by_its_place_alone() -> None:
    Apprise().check([])
    alerts = [Alert(("json://127.0.0.1/", "nonsense://user:password@secret")), Alert(("ntfy://a",))]
    with pytest.raises(StartError) as caught:
        Apprise().check(alerts)
    assert str(caught.value).startswith("alerts[1].to[2] is no URL that Apprise understands")
    assert "secret" not in str(caught.value)
    Apprise().check(alerts[1:])


def test_without_apprise_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_spec", lambda _: None)
    with pytest.raises(StartError, match=r'pip install "userstatus\[alerts\]"'):
        Apprise().check([Alert(("json://a",))])


def test_the_text_arrives_as_it_is_over_http_and_as_mail() -> None:
    with phone() as hook, mail_server() as (url, box):
        assert Apprise().send(Channel("x", hook.url), TEXT) == Outcome(True, "JSON")
        assert Apprise().send(Channel("x", url), TEXT) == Outcome(True, "E-Mail")
    assert hook.calls == ["Title\n5° off\n<b>and *more*"]
    assert box.mails[0].startswith("Title\n")


def test_a_channel_that_refuses_or_hangs_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    with phone() as hook:
        hook.status = 404
        assert Apprise().send(Channel("x", hook.url), TEXT) == Outcome(False, "JSON", "HTTP 404")
        hook.hangs = True
        monkeypatch.setattr(module, "MAX_SEND_S", 3)
        outcome = Apprise().send(Channel("x", f"{hook.url}?rto=60"), TEXT)
        assert outcome == Outcome(False, "json", "no answer")


def test_that_apprise_does_not_answer_is_no_reason_not_to_start(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "MAX_SEND_S", 0)
    Apprise().check([Alert(("json://secret",))])
    assert "the URLs of alerts are not checked" in caplog.text
    assert "secret" not in caplog.text

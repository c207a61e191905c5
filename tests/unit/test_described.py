"""The comparison of what clients receive with the documents: what passes, what fails, and what never came."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests
from playwright.sync_api import Page

from tests.support.described import raw
from tests.support.described.answers import Answer, Answers
from tests.support.described.frames import Frames
from tests.support.described.received import RECEIVED, Received
from tests.support.described.schemas import Undescribed
from tests.support.service import wait_until
from userstatus.description import asyncapi, openapi

pytest_plugins = ["pytester"]

ANSWERS, FRAMES = Answers(openapi.document()), Frames(asyncapi.document())
ID = {"X-Request-ID": "abc"}
JSON = ID | {"Content-Type": "application/json"}
END = {"X-Cursor": "17-5", "X-Last-Id": "17"}
ERROR = b'{"error": "no"}'
MESSAGE = {
    "id": 17,
    "site": "tst",
    "message": "Rain",
    "log_level": "info",
    "timestamp": "1604514063",
    "received_at": 1604514063.5,
    "cursor": "17-5",
}
END_OF_LOG = {"last_id": 17, "cursor": "17-5"}
STATUS = {"sites": ["tst"], **END_OF_LOG, "gap": False, "replaced": False}


def test_an_answer_has_the_name_of_its_operation_whatever_the_stage_and_the_address() -> None:
    for target in ("/recent-logs?site=a", "/dev/recent-logs", "//logs//recent-logs/", "http://x/recent-logs"):
        answer = Answer("GET", target, 200, JSON | END, b"[]")
        assert ANSWERS.compare(answer) == {"recent_logs 200 application/json"}


def test_an_error_counts_for_its_operation_and_as_what_it_is() -> None:
    assert ANSWERS.compare(Answer("GET", "/sites", 400, JSON, ERROR)) == {
        "sites 400",
        "Invalid application/json",
    }
    page = ID | {"Content-Type": "text/html; charset=utf-8"}
    assert ANSWERS.compare(Answer("GET", "/sites", 400, page, b"<p>")) == {"sites 400", "Invalid text/html"}


@pytest.mark.parametrize(
    "answer",
    [
        Answer("OPTIONS", "/newlog", 200, {}, b""),
        Answer("GET", "/static/pages/wall.js", 200, {"Content-Type": "text/javascript"}, b""),
        Answer("GET", "/static/nothing.js", 404, JSON, ERROR),
        Answer("PUT", "/newlog", 405, {**JSON, "Allow": "POST"}, ERROR),
        Answer("GET", "/no-such-path", 404, JSON, ERROR),
        Answer("GET", "/", 502, {"Server": "nginx"}, b""),
    ],
    ids=str,
)
def test_what_is_outside_the_documents_has_no_name(answer: Answer) -> None:
    assert ANSWERS.compare(answer) == set()


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        (Answer("GET", "/no-such-path", 200, JSON, b"{}"), "neither is the path described"),
        (Answer("GET", "/static/x.js", 500, JSON, ERROR), "neither is the path described"),
        (Answer("GET", "/static/x.js", 404, ID, b""), "its Content-Type is ''"),
        (Answer("PUT", "/newlog", 405, JSON, ERROR), "there is no header Allow"),
        (Answer("GET", "/sites", 500, JSON, ERROR), "sites answers only by 200, 400"),
        (Answer("GET", "/sites", 200, JSON, b"[]"), "there is no header X-Cursor"),
        (Answer("GET", "/sites", 200, {**JSON, **END, "X-Last-Id": "x"}, b"[]"), "the header X-Last-Id"),
        (
            Answer("GET", "/sites", 200, {**ID, **END, "Content-Type": "text/plain"}, b"[]"),
            "is 'text/plain', not",
        ),
        (Answer("GET", "/sites", 200, {**JSON, **END}, b"[}"), "its body is not JSON"),
        (Answer("GET", "/sites", 400, JSON, b'{"error": ""}'), "sites 400['error']"),
        (Answer("POST", "/newlog", 200, JSON, b'{"id": 1}'), "newlog 200: "),
        (Answer("POST", "/newlog", 400, ID | {"Content-Type": "text/css"}, ERROR), "is 'text/css', not"),
    ],
    ids=str,
)
def test_an_answer_that_is_not_described_is_told_apart(answer: Answer, complaint: str) -> None:
    with pytest.raises(Undescribed) as raised:
        ANSWERS.compare(answer)
    assert complaint in str(raised.value)


@pytest.mark.parametrize(
    ("channel", "text", "event", "name"),
    [
        ("ws", json.dumps(MESSAGE), "", "ws.send.message"),
        ("ws", json.dumps({"subscribed": STATUS}), "", "ws.send.subscribed"),
        ("ws", '{"accepted": {"id": 1, "warnings": []}}', "", "ws.send.accepted"),
        ("datastream", json.dumps({"caughtup": END_OF_LOG}), "", "datastream.send.caughtup"),
        ("datastream", '{"error": "no", "field": "site"}', "", "datastream.send.error"),
        ("events", json.dumps(MESSAGE), "newlog", "events.send.newlog"),
        ("socketio", "42" + json.dumps(["newlog", MESSAGE]), "", "socketio.send.newlog"),
        ("socketio", "430" + json.dumps([{"ok": True, **STATUS}]), "", "socketio.send.acknowledged"),
        ("socketio", '4312[{"ok": false, "error": "no"}]', "", "socketio.send.not_acknowledged"),
        ("socketio", '44/there,{"message": "no"}', "", "socketio.send.connect_error"),
        ("socketio", '0{"sid": "x"}', "", None),
        ("socketio", '40{"sid": "x"}', "", None),
        ("socketio", "2", "", None),
    ],
)
def test_a_frame_has_a_name_unless_it_is_the_protocols_own(
    channel: str, text: str, event: str, name: str | None
) -> None:
    assert FRAMES.compare(channel, text, event) == name


@pytest.mark.parametrize(
    ("channel", "text", "event"),
    [
        ("ws", json.dumps({**MESSAGE, "timestamp": 1604514063}), ""),
        ("ws", json.dumps({"subscribed": END_OF_LOG}), ""),
        ("ws", '{"greeting": "hello"}', ""),
        ("ws", "[]", ""),
        ("ws", "hello", ""),
        ("datastream", json.dumps(MESSAGE), ""),
        ("events", json.dumps(MESSAGE), "message"),
        ("events", json.dumps(END_OF_LOG), "subscribed"),
        ("socketio", '42["newlog"]', ""),
        ("socketio", '42["greeting", {}]', ""),
        ("socketio", "42", ""),
        ("socketio", "430[null]", ""),
        ("socketio", '44"no"', ""),
        ("socketio", "45", ""),
        ("socketio", "hello", ""),
    ],
)
def test_a_frame_that_is_not_described_is_told_apart(channel: str, text: str, event: str) -> None:
    with pytest.raises(Undescribed):
        FRAMES.compare(channel, text, event)


@pytest.mark.parametrize(
    ("channel", "text", "name"),
    [
        ("ws", '{"action": "newlog", "site": "tst", "log_message": "x"}', "ws.receive.newlog"),
        ("datastream", '{"action": "caughtup"}', "datastream.receive.caughtup"),
        ("socketio", '40{"site": "tst"}', "socketio.receive.connect"),
        ("socketio", '420["subscribe", {"site": ["a", "b"]}]', "socketio.receive.subscribe"),
        ("socketio", '420["subscribe", {"site": 5}]', None),
        ("socketio", "420[", None),
        ("ws", '{"action": "newlog", "site": "tst"}', None),
        ("ws", "[" * 100_000, None),
    ],
)
def test_a_frame_that_a_client_sends_has_a_name_if_it_is_described(
    channel: str, text: str, name: str | None
) -> None:
    assert FRAMES.sent(channel, text, set()) == name
    assert name is None or FRAMES.sent(channel, text, {name}) is None


def test_the_bytes_of_a_connection_are_as_many_answers_as_there_are() -> None:
    said = (
        b"HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n"
        b"POST /b HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}"
        b"GET /c HTTP/1.1\r\n\r\n"
    )
    heard = (
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\n{}"
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\ncut"
    )
    found = [
        (answer.method, answer.target, answer.status, answer.body) for answer in raw.answers(said, heard)
    ]
    assert found == [("HEAD", "/a", 200, b""), ("POST", "/b", 400, b"{}"), ("GET", "/c", 200, b"abc")]


class Undocumented(BaseHTTPRequestHandler):
    """Answers everything by a list in JSON, without saying what server it is."""

    def do_GET(self) -> None:
        self.send_response_only(200)
        for name, value in {**JSON, "Content-Length": "3"}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(b"[5]")

    def log_message(self, *_: Any) -> None:
        """Do nothing: it would be printed between the tests' dots."""


@pytest.fixture
def undocumented() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Undocumented) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


RUN = """
    import pytest
    from tests.support.described.plugin import Described
    from tests.support.described.received import Received
    from tests.unit.test_described import ANSWERS, FRAMES

    def pytest_configure(config):
        config.pluginmanager.register(Described(config, Received(ANSWERS, FRAMES)))
"""


def a_run(pytester: pytest.Pytester, *options: str, test: str = "pass") -> pytest.RunResult:
    """Run pytest in a project with two tests, one of which does this."""
    pytester.makeconftest(RUN)
    pytester.mkdir("tests").joinpath("test_it.py").write_text(
        f"import requests\ndef test_one():\n    {test}\ndef test_two():\n    pass\n"
    )
    return pytester.runpytest_inprocess("-p", "no:cacheprovider", "-p", "no:xdist", *options)


def test_a_test_that_receives_something_undescribed_fails(
    pytester: pytest.Pytester, undocumented: str
) -> None:
    run = a_run(pytester, "tests", test=f"requests.get('{undocumented}/nothing?a=b', timeout=5)")
    RECEIVED.wrong.clear()  # this run's listener has heard it as well
    run.assert_outcomes(passed=1, failed=1)
    run.stdout.fnmatch_lines(["*AssertionError: undescribed*", "*GET /nothing?a=b: 200: neither is*"])


def test_a_whole_run_fails_if_something_that_is_described_never_came(pytester: pytest.Pytester) -> None:
    run = a_run(pytester, "tests")
    run.assert_outcomes(passed=2)
    assert run.ret == pytest.ExitCode.TESTS_FAILED
    run.stdout.fnmatch_lines(["*received by no test*", "newlog 200*"])


@pytest.mark.parametrize(
    "options",
    [("tests", "-k", "two"), ("tests/test_it.py",), ("tests", "--deselect=tests/test_it.py::test_one")],
)
def test_a_selection_of_tests_need_not_receive_everything(
    pytester: pytest.Pytester, options: tuple[str, ...]
) -> None:
    assert a_run(pytester, *options).ret == pytest.ExitCode.OK


def test_what_came_is_no_longer_missing() -> None:
    received = Received(ANSWERS, FRAMES)
    everything = received.missing(set())
    received.frame("ws", json.dumps(MESSAGE))
    received.answer(Answer("GET", "/sites", 200, JSON | END, b"[]"))
    received.sent("ws", '{"action": "caughtup"}')
    came = {"ws.send.message", "sites 200 application/json", "ws.receive.caughtup"}
    assert sorted({*received.missing(received.names), *came}) == everything
    received.complain()


def test_a_complaint_is_made_once() -> None:
    received = Received(ANSWERS, FRAMES)
    received.frame("ws", "{}")
    received.answer(Answer("GET", "/sites", 500, {}, None))
    with pytest.raises(AssertionError, match=r"ws: .*\n.*GET /sites: 500"):
        received.complain()
    received.complain()


def test_clients_are_no_longer_listened_to_after_a_run(pytester: pytest.Pytester) -> None:
    before = requests.adapters.HTTPAdapter.send
    a_run(pytester, "tests")
    assert requests.adapters.HTTPAdapter.send is before


def test_what_a_browser_receives_is_compared_down_to_its_bodies(page: Page, undocumented: str) -> None:
    page.goto(f"{undocumented}/healthz")
    wait_until(lambda: page.evaluate("true") and RECEIVED.wrong, "the body has come")
    wrong, RECEIVED.wrong = RECEIVED.wrong, []
    assert wrong == ['healthz 200: [5] is not of type "object"']

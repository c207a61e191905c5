"""The journal's own connection, as far as it needs no server."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any, cast

import psycopg
import pytest
import sqlalchemy as sa

from tests.support.messages import message
from userstatus.errors import Unavailable
from userstatus.message import Cursor
from userstatus.store import one_statement
from userstatus.store.appender import Appender, was_refused
from userstatus.store.database import Appended
from userstatus.store.one_statement import TooLate


def unavailable(cause: BaseException | None) -> Unavailable:
    error = Unavailable("it does not work")
    error.__cause__ = cause
    return error


def test_only_the_server_itself_refuses() -> None:
    canceled = sa.exc.OperationalError("INSERT", None, psycopg.errors.QueryCanceled("canceling statement"))
    broken = sa.exc.OperationalError("INSERT", None, psycopg.OperationalError(), connection_invalidated=True)
    causes = (canceled, None, broken, TimeoutError())
    assert [was_refused(unavailable(cause)) for cause in causes] == [True, True, False, False]


APPENDED = Appended([1, 2], [], Cursor(0))
KNOWN = sa.exc.IntegrityError("INSERT", None, psycopg.errors.UniqueViolation())


@pytest.mark.parametrize(
    ("failures", "succeeds"),
    [([KNOWN], True), ([KNOWN] * 2, True), ([KNOWN] * 3, False), ([TooLate(1e9)], True)],
    ids=["another has stored one", "both", "none is left to be stored", "the server's clock was set"],
)
def test_what_failed_for_a_reason_that_is_gone_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, failures: list[Exception], succeeds: bool
) -> None:
    left = list(failures)

    def execute(*_: Any) -> tuple[Appended, float]:
        if left:
            raise left.pop()
        return APPENDED, 1e9

    monkeypatch.setattr(one_statement, "execute", execute)
    appender = Appender(sa.create_engine("sqlite://"), "userstatus")
    with nullcontext() if succeeds else pytest.raises(sa.exc.IntegrityError):
        assert appender.append(cast(Any, None), [message(), message()], 0, 0) == APPENDED

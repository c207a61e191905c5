"""What can go wrong for a client, in one JSON shape."""

from __future__ import annotations

from userstatus.errors import Busy, Rejection, Unavailable, Unconfirmed


def test_a_rejection_names_its_field_where_it_is_about_one() -> None:
    assert Rejection("no").as_json() == {"error": "no"}
    assert Rejection("no", "site").as_json() == {"error": "no", "field": "site"}


def test_what_the_database_says_is_for_the_log_and_not_for_the_client() -> None:
    error = Unavailable("connection to 10.0.0.1 refused")
    assert error.as_json() == {"error": "the database does not answer: try again"}
    assert (error.status, error.retry_after) == (503, 2)


def test_a_producer_is_told_when_nobody_knows_and_when_to_come_back() -> None:
    assert "may or may not be stored" in Unconfirmed("lost").error
    assert (Busy().status, Busy().retry_after) == (503, 5)

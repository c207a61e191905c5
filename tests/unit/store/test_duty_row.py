"""A row of the table `duty`."""

from __future__ import annotations

from userstatus.store.database import Database
from userstatus.store.duty_row import DutyRow


def test_each_subject_has_what_was_written_of_it_last(database: Database) -> None:
    one, other = DutyRow("one"), DutyRow("other")
    with database.write() as connection:
        for content in ({"text": "5°"}, {"text": "6°", "list": [1, None]}):
            one.write(connection, content)
            assert one.read(connection, dict) == content
        assert other.read(connection, dict) is None
        one.delete(connection)
        assert one.read(connection, dict) is None

"""The tables.

`messages` is the log. `head` is the sequence: the last id assigned, and when its message was received. An
append takes its ids there and holds the row's lock until it commits, so that on either database ids become
visible in order and without gaps, and `received_at` never decreases. `purged` holds a watermark per site:
the last id deleted by retention, so that a viewer that resumes from before it is told of the gap.
`keys` are those who may post and read; for all stages, they are in prod's database. `duty` is what the
service remembers beside the log, a row for each subject.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from userstatus.notice import Notice

metadata = sa.MetaData(
    naming_convention={"pk": "pk_%(table_name)s", "ix": "ix_%(table_name)s_%(column_0_N_name)s"},
)


class NoticeText(sa.TypeDecorator[Notice]):
    """A notice, stored as text in JSON."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Notice | None, dialect: Any) -> str | None:  # noqa: ARG002
        return None if value is None else value.as_text()

    def process_result_value(self, value: str | None, dialect: Any) -> Notice | None:  # noqa: ARG002
        return None if value is None else Notice.parse(value)


BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

messages = sa.Table(
    "messages",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=False),
    sa.Column("site", sa.String(64), nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("log_level", sa.String(8), nullable=False),
    sa.Column("timestamp", sa.BigInteger, nullable=False, comment="unix seconds, as the producer says"),
    sa.Column("received_at", sa.Double, nullable=False, comment="unix seconds of the server's clock"),
    sa.Column("uuid", sa.String(64), comment="the producer's own name for the message"),
    sa.Column("next_within", sa.Integer, comment="seconds within which the producer promises another"),
    sa.Column("original_level", sa.String(8), comment="the producer's, where a rule has changed it"),
    sa.Column("notice", NoticeText, comment="what the service itself says, as JSON"),
    sa.Index(None, "site", "timestamp", "id"),
    sa.Index(None, "site", "id"),
    sa.Index(None, "timestamp", "id"),
    sa.Index(None, "received_at"),
    sa.Index(
        None,
        "site",
        "uuid",
        unique=True,
        sqlite_where=sa.text("uuid IS NOT NULL"),
        postgresql_where=sa.text("uuid IS NOT NULL"),
    ),
    sa.Index(
        "ix_messages_notice_id",
        "id",
        sqlite_where=sa.text("notice IS NOT NULL"),
        postgresql_where=sa.text("notice IS NOT NULL"),
    ),
)

sequence = sa.Table(
    "head",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False, comment="1: there is one row"),
    sa.Column("last_id", BigId, nullable=False),
    sa.Column(
        "received_at",
        sa.Double,
        nullable=False,
        server_default=sa.text("0"),
        comment="unix seconds, of the message with the last id",
    ),
)

watermarks = sa.Table(
    "purged",
    metadata,
    sa.Column("site", sa.String(64), primary_key=True),
    sa.Column("last_id", BigId, nullable=False),
)

keys = sa.Table(
    "keys",
    metadata,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("fingerprint", sa.String(64), nullable=False, comment="SHA-256 of the secret, in hexadecimal"),
    sa.Column("sites", sa.Text, nullable=False, comment="site codes, separated by commas, or *"),
    sa.Column("rights", sa.String(16), nullable=False, comment="post and read, separated by a comma"),
    sa.Column("created_at", sa.Double, nullable=False, comment="unix seconds"),
    sa.Column("used_at", sa.Double, comment="unix seconds"),
)

duty = sa.Table(
    "duty",
    metadata,
    sa.Column("subject", sa.String(64), primary_key=True),
    sa.Column("content", sa.Text, nullable=False, comment="JSON"),
)

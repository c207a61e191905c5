"""The log: messages, the sequence of their ids (`head`), and the watermarks of retention (`purged`)."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

big_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "messages",
        sa.Column("id", big_id, autoincrement=False, nullable=False),
        sa.Column("site", sa.String(64), nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("log_level", sa.String(8), nullable=False),
        sa.Column("timestamp", sa.BigInteger, nullable=False, comment="unix seconds, as the producer says"),
        sa.Column("received_at", sa.Double, nullable=False, comment="unix seconds of the server's clock"),
        sa.Column("uuid", sa.String(64), comment="the producer's own name for the message"),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
    )
    op.create_index("ix_messages_site_timestamp_id", "messages", ["site", "timestamp", "id"])
    op.create_index("ix_messages_site_id", "messages", ["site", "id"])
    op.create_index("ix_messages_received_at", "messages", ["received_at"])
    op.create_index(
        "ix_messages_site_uuid",
        "messages",
        ["site", "uuid"],
        unique=True,
        sqlite_where=sa.text("uuid IS NOT NULL"),
        postgresql_where=sa.text("uuid IS NOT NULL"),
    )
    head = op.create_table(
        "head",
        sa.Column("id", sa.Integer, autoincrement=False, nullable=False, comment="1: there is one row"),
        sa.Column("last_id", big_id, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_head"),
    )
    op.bulk_insert(head, [{"id": 1, "last_id": 0}])
    op.create_table(
        "purged",
        sa.Column("site", sa.String(64), nullable=False),
        sa.Column("last_id", big_id, nullable=False),
        sa.PrimaryKeyConstraint("site", name="pk_purged"),
    )


def downgrade() -> None:
    op.drop_table("purged")
    op.drop_table("head")
    op.drop_table("messages")

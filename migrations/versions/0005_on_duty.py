"""On duty: what producers promise, what a level was, what the service itself says and remembers."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "messages",
        sa.Column("next_within", sa.Integer, comment="seconds within which the producer promises another"),
    )
    op.add_column(
        "messages",
        sa.Column("original_level", sa.String(8), comment="the producer's, where a rule has changed it"),
    )
    op.add_column("messages", sa.Column("notice", sa.Text, comment="what the service itself says, as JSON"))
    op.create_index(
        "ix_messages_notice_id",
        "messages",
        ["id"],
        sqlite_where=sa.text("notice IS NOT NULL"),
        postgresql_where=sa.text("notice IS NOT NULL"),
    )
    op.create_table(
        "duty",
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("content", sa.Text, nullable=False, comment="JSON"),
        sa.PrimaryKeyConstraint("subject", name="pk_duty"),
    )


def downgrade() -> None:
    op.drop_table("duty")
    op.drop_index("ix_messages_notice_id", "messages")
    op.drop_column("messages", "notice")
    op.drop_column("messages", "original_level")
    op.drop_column("messages", "next_within")

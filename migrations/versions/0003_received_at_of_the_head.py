"""The time of the last receipt: later receipts are never before it, and it tells one log from another."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "head",
        sa.Column(
            "received_at",
            sa.Double,
            nullable=False,
            server_default=sa.text("0"),
            comment="unix seconds, of the message with the last id",
        ),
    )
    op.execute(
        "UPDATE head SET received_at ="
        " coalesce((SELECT received_at FROM messages WHERE messages.id = head.last_id), 0)"
    )


def downgrade() -> None:
    op.drop_column("head", "received_at")

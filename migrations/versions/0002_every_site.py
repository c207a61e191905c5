"""An index for reading the newest messages of every site without sorting the whole log."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_messages_timestamp_id", "messages", ["timestamp", "id"])


def downgrade() -> None:
    op.drop_index("ix_messages_timestamp_id", "messages")

"""Keys: who may post and read, where that is not open to everybody."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "keys",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column(
            "fingerprint", sa.String(64), nullable=False, comment="SHA-256 of the secret, in hexadecimal"
        ),
        sa.Column("sites", sa.Text, nullable=False, comment="site codes, separated by commas, or *"),
        sa.Column("rights", sa.String(16), nullable=False, comment="post and read, separated by a comma"),
        sa.Column("created_at", sa.Double, nullable=False, comment="unix seconds"),
        sa.Column("used_at", sa.Double, comment="unix seconds"),
        sa.PrimaryKeyConstraint("name", name="pk_keys"),
    )


def downgrade() -> None:
    op.drop_table("keys")

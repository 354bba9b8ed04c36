"""Erasing a person."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("comment", sa.Column("erased", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("comment", "erased")

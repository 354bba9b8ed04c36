"""Following a thread or a site, and the language of letters."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("subscription", sa.Column("language", sa.String(length=35), nullable=True))
    where = sa.text("merged_id IS NOT NULL")
    op.create_index(
        "ix_thread_merged", "thread", ["site_id", "merged_id"], unique=False, sqlite_where=where, postgresql_where=where
    )


def downgrade() -> None:
    op.drop_index("ix_thread_merged", "thread")
    op.drop_column("subscription", "language")

"""Find the newest approved comments of a site, and of a thread, without looking at the others."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_comment_newest",
        "comment",
        ["site_id", "created", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'approved'"),
        postgresql_where=sa.text("state = 'approved'"),
    )
    op.create_index(
        "ix_comment_newest_of_thread",
        "comment",
        ["site_id", "thread_id", "created", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'approved'"),
        postgresql_where=sa.text("state = 'approved'"),
    )


def downgrade() -> None:
    op.drop_index("ix_comment_newest_of_thread", table_name="comment")
    op.drop_index("ix_comment_newest", table_name="comment")

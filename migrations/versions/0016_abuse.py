"""Against abuse."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("site", sa.Column("proof", sa.String(length=12), server_default="suspicious", nullable=False))
    op.create_table(
        "remote_check",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("comment_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("approves", sa.Boolean(), nullable=False),
        sa.Column("kind", sa.String(length=5), nullable=False),
        sa.Column("said", sa.String(length=5), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id", "comment_id"],
            ["comment.site_id", "comment.id"],
            name=op.f("fk_remote_check_site_id_comment_id_comment"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("site_id", "comment_id", name=op.f("pk_remote_check")),
    )
    op.create_index("ix_remote_check_at", "remote_check", ["at"], unique=False)


def downgrade() -> None:
    op.drop_table("remote_check")
    op.drop_column("site", "proof")

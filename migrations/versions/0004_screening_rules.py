"""Screening rules of a site."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "screening_rule",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("action", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=120), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_screening_rule_site_id_site"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("site_id", "id", name=op.f("pk_screening_rule")),
    )
    op.create_table(
        "text_mark",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("comment_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(length=16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id", "comment_id"],
            ["comment.site_id", "comment.id"],
            name=op.f("fk_text_mark_site_id_comment_id_comment"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("site_id", "comment_id", name=op.f("pk_text_mark")),
    )
    op.create_index(op.f("ix_text_mark_site_id_hash_at"), "text_mark", ["site_id", "hash", "at"], unique=False)
    # Added in place: making the table anew on SQLite would take everything with it that hangs on a site.
    op.add_column("site", sa.Column("trust", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("site", sa.Column("reserved_names", sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    op.drop_column("site", "reserved_names")
    op.drop_column("site", "trust")
    op.drop_table("text_mark")
    op.drop_table("screening_rule")

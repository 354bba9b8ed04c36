"""Reports and notices of readers."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("site", sa.Column("report_hold", sa.Integer(), nullable=False, server_default="3"))
    op.create_table(
        "report",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("comment_id", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("reporter", sa.LargeBinary(length=32), nullable=True),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("erased", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["site_id", "comment_id"],
            ["comment.site_id", "comment.id"],
            name=op.f("fk_report_site_id_comment_id_comment"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("site_id", "id", name=op.f("pk_report")),
        sa.UniqueConstraint(
            "site_id", "comment_id", "revision", "reporter", name=op.f("uq_report_site_id_comment_id_revision_reporter")
        ),
    )
    op.create_index(
        "ix_report_kept",
        "report",
        ["site_id", "comment_id", "id"],
        unique=False,
        sqlite_where=sa.text("erased IS NULL"),
        postgresql_where=sa.text("erased IS NULL"),
    )
    op.create_table(
        "notice",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("comment_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(length=32), nullable=True),
        sa.Column("decided", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=10), nullable=True),
        sa.Column("ground", sa.String(length=10), nullable=True),
        sa.Column("decision_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["site_id", "comment_id"],
            ["comment.site_id", "comment.id"],
            name=op.f("fk_notice_site_id_comment_id_comment"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("site_id", "id", name=op.f("pk_notice")),
        sa.UniqueConstraint("site_id", "fingerprint", name=op.f("uq_notice_site_id_fingerprint")),
    )
    op.create_index(op.f("ix_notice_site_id_comment_id"), "notice", ["site_id", "comment_id"], unique=False)
    op.create_index(
        "ix_notice_waiting",
        "notice",
        ["site_id", "id"],
        unique=False,
        sqlite_where=sa.text("decided IS NULL"),
        postgresql_where=sa.text("decided IS NULL"),
    )
    op.create_table(
        "notice_words",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("notice_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id", "notice_id"],
            ["notice.site_id", "notice.id"],
            name=op.f("fk_notice_words_site_id_notice_id_notice"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("site_id", "notice_id", name=op.f("pk_notice_words")),
    )


def downgrade() -> None:
    op.drop_table("notice_words")
    op.drop_table("notice")
    op.drop_table("report")
    op.drop_column("site", "report_hold")

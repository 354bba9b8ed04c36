"""What the filter of a site has learnt."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "learnt",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("rate", sa.Double(), nullable=False),
        sa.Column("sure", sa.String(length=10), nullable=False),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        sa.Column("wanted", sa.BigInteger(), nullable=False),
        sa.Column("made", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("features", sa.Integer(), nullable=False),
        sa.Column("knows_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("spam", sa.Integer(), nullable=False),
        sa.Column("good", sa.Integer(), nullable=False),
        sa.Column("claim", sa.String(length=32), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("model", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_learnt_site_id_site"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("site_id", name=op.f("pk_learnt")),
    )
    op.create_table(
        "lesson",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("comment_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("spam", sa.Boolean(), nullable=False),
        sa.Column("marked", sa.Boolean(), nullable=False),
        sa.Column("decision_id", sa.BigInteger(), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_lesson_site_id_site"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("site_id", "comment_id", name=op.f("pk_lesson")),
    )
    op.create_index(op.f("ix_lesson_site_id_spam_decision_id"), "lesson", ["site_id", "spam", "decision_id"])
    op.create_index(op.f("ix_lesson_site_id_month"), "lesson", ["site_id", "month"])
    op.create_table(
        "muted",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("moderator_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["moderator_id"], ["moderator.id"], name=op.f("fk_muted_moderator_id_moderator"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_muted_site_id_site"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("site_id", "key", name=op.f("pk_muted")),
    )
    op.add_column("site", sa.Column("filter_mark", sa.String(length=32), nullable=True))


def downgrade() -> None:
    op.drop_column("site", "filter_mark")
    op.drop_table("muted")
    op.drop_index(op.f("ix_lesson_site_id_month"), table_name="lesson")
    op.drop_index(op.f("ix_lesson_site_id_spam_decision_id"), table_name="lesson")
    op.drop_table("lesson")
    op.drop_table("learnt")

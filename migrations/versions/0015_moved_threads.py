"""Sites that moved and threads that were joined."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("arrangement", sa.Column("batch", sa.BigInteger(), nullable=True))
    op.create_index("ix_arrangement_site_id_batch", "arrangement", ["site_id", "batch"], unique=False)
    op.create_table(
        "relocation",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("old", sa.Text(), nullable=False),
        sa.Column("new", sa.Text(), nullable=False),
        sa.Column("moderator_id", sa.Integer(), nullable=False),
        sa.Column("began", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reached", sa.Text(), nullable=False),
        sa.Column("ended", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undo_began", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone", sa.DateTime(timezone=True), nullable=True),
        sa.Column("steps", sa.Integer(), nullable=False),
        sa.Column("threads", sa.Integer(), nullable=False),
        sa.Column("merges", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_relocation_site_id_site"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("site_id", "id", name=op.f("pk_relocation")),
    )
    op.create_table(
        "relocation_step",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("relocation_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("thread_id", sa.BigInteger(), nullable=False),
        sa.Column("canonical", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("arrangement_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["site_id", "relocation_id"],
            ["relocation.site_id", "relocation.id"],
            name=op.f("fk_relocation_step_site_id_relocation_id_relocation"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("site_id", "relocation_id", "n", name=op.f("pk_relocation_step")),
    )
    name = "ix_relocation_step_site_id_relocation_id_thread_id"
    op.create_index(name, "relocation_step", ["site_id", "relocation_id", "thread_id"], unique=False)
    op.create_table(
        "relocated_comment",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("relocation_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("comment_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id", "relocation_id"],
            ["relocation.site_id", "relocation.id"],
            name=op.f("fk_relocated_comment_site_id_relocation_id_relocation"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("site_id", "relocation_id", "comment_id", name=op.f("pk_relocated_comment")),
    )
    op.create_table(
        "told_apart",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("mark", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("thread_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id", "thread_id"],
            ["thread.site_id", "thread.id"],
            name=op.f("fk_told_apart_site_id_thread_id_thread"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("site_id", "mark", "thread_id", name=op.f("pk_told_apart")),
    )
    op.create_index("ix_told_apart_site_id_thread_id", "told_apart", ["site_id", "thread_id"], unique=False)


def downgrade() -> None:
    for name in ("told_apart", "relocated_comment", "relocation_step", "relocation"):
        op.drop_table(name)
    op.drop_index("ix_arrangement_site_id_batch", table_name="arrangement")
    op.drop_column("arrangement", "batch")

"""Pins and moved threads."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("thread", sa.Column("pinned_id", sa.BigInteger(), nullable=True))
    op.add_column("thread", sa.Column("merged_id", sa.BigInteger(), nullable=True))
    _make_arrangements()
    op.drop_index("ix_comment_list", table_name="comment")
    op.create_index("ix_comment_list", "comment", ["site_id", "state", "created", "id"], unique=False)
    op.create_index("ix_comment_of_thread", "comment", ["site_id", "thread_id", "created", "id"], unique=False)
    op.create_index("ix_comment_name", "comment", ["site_id", "name", "created", "id"], unique=False)
    for column in ("email", "network"):
        given = sa.text(f"{column} IS NOT NULL")
        op.create_index(
            f"ix_comment_{column}",
            "comment",
            ["site_id", column, "created", "id"],
            unique=False,
            sqlite_where=given,
            postgresql_where=given,
        )
    # The list by state serves the newest comments of a site as well.
    op.drop_index("ix_comment_newest", table_name="comment")
    # Made again last: of two that seem equally good, SQLite takes the younger.
    op.drop_index("ix_comment_newest_of_thread", table_name="comment")
    _index_approved("ix_comment_newest_of_thread", ["site_id", "thread_id", "created", "id"])


def _index_approved(name: str, columns: list[str]) -> None:
    approved = sa.text("state = 'approved'")
    op.create_index(name, "comment", columns, unique=False, sqlite_where=approved, postgresql_where=approved)


def downgrade() -> None:
    _index_approved("ix_comment_newest", ["site_id", "created", "id"])
    for name in ("moved_address", "moved_root", "arrangement"):
        op.drop_table(name)
    for name in ("merged_id", "pinned_id"):
        op.drop_column("thread", name)
    for name in ("network", "email", "name", "of_thread", "list"):
        op.drop_index(f"ix_comment_{name}", table_name="comment")
    op.create_index("ix_comment_list", "comment", ["site_id", "state", "id"], unique=False)


def _make_arrangements() -> None:
    op.create_table(
        "arrangement",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("target_id", sa.BigInteger(), nullable=False),
        sa.Column("comment_id", sa.BigInteger(), nullable=True),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column("pinned_id", sa.BigInteger(), nullable=True),
        sa.Column("comments", sa.Integer(), nullable=False),
        sa.Column("moderator_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_arrangement_site_id_site"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("site_id", "id", name=op.f("pk_arrangement")),
    )
    for side in ("source_id", "target_id"):
        op.create_index(op.f(f"ix_arrangement_site_id_{side}"), "arrangement", ["site_id", side], unique=False)
    for name, key in (("moved_root", "comment_id"), ("moved_address", "canonical")):
        kind = sa.BigInteger() if key == "comment_id" else sa.Text()
        op.create_table(
            name,
            sa.Column("site_id", sa.Integer(), nullable=False),
            sa.Column("arrangement_id", sa.BigInteger(), autoincrement=False, nullable=False),
            sa.Column(key, kind, autoincrement=False, nullable=False),
            sa.ForeignKeyConstraint(
                ["site_id", "arrangement_id"],
                ["arrangement.site_id", "arrangement.id"],
                name=op.f(f"fk_{name}_site_id_arrangement_id_arrangement"),
                ondelete="CASCADE",
            ),
            sa.PrimaryKeyConstraint("site_id", "arrangement_id", key, name=op.f(f"pk_{name}")),
        )

"""First schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "moderator",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("password_hash", sa.String(length=300), nullable=True),
        sa.Column("invitation_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("invitation_ends", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderator")),
        sa.UniqueConstraint("email", name=op.f("uq_moderator_email")),
    )
    op.create_table(
        "rate",
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("hits", sa.Integer(), nullable=False),
        sa.Column("ends", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_rate")),
    )
    op.create_index(op.f("ix_rate_ends"), "rate", ["ends"], unique=False)
    op.create_table(
        "site",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("origins", sa.JSON(), nullable=False),
        sa.Column("language", sa.String(length=35), nullable=False),
        sa.Column("hold", sa.String(length=10), nullable=False),
        sa.Column("hold_links", sa.Integer(), nullable=False),
        sa.Column("close_after_days", sa.Integer(), nullable=True),
        sa.Column("edit_seconds", sa.Integer(), nullable=False),
        sa.Column("email_required", sa.Boolean(), nullable=False),
        sa.Column("website_field", sa.Boolean(), nullable=False),
        sa.Column("privacy_url", sa.Text(), nullable=True),
        sa.Column("consent", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("log_seq", sa.BigInteger(), nullable=False),
        sa.Column("log_head", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("hold IN ('all', 'first', 'none')", name=op.f("ck_site_hold")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site")),
        sa.UniqueConstraint("key", name=op.f("uq_site_key")),
    )
    op.create_table(
        "decision",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("thread_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("batch", sa.BigInteger(), nullable=False),
        sa.Column("comment_id", sa.BigInteger(), nullable=True),
        sa.Column("act", sa.String(length=20), nullable=False),
        sa.Column("actor", sa.String(length=20), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("state_from", sa.String(length=10), nullable=True),
        sa.Column("state_to", sa.String(length=10), nullable=True),
        sa.Column("shown_from", sa.Integer(), nullable=True),
        sa.Column("shown_to", sa.Integer(), nullable=True),
        sa.Column("held_from", sa.Integer(), nullable=True),
        sa.Column("held_to", sa.Integer(), nullable=True),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("commitment", sa.LargeBinary(length=32), nullable=True),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_decision_site_id_site"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("site_id", "id", name=op.f("pk_decision")),
        sa.UniqueConstraint("site_id", "thread_id", "seq", name=op.f("uq_decision_site_id_thread_id_seq")),
    )
    op.create_index(op.f("ix_decision_site_id_batch"), "decision", ["site_id", "batch"], unique=False)
    op.create_index(op.f("ix_decision_site_id_comment_id"), "decision", ["site_id", "comment_id"], unique=False)
    op.create_table(
        "membership",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("moderator_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["moderator_id"], ["moderator.id"], name=op.f("fk_membership_moderator_id_moderator"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_membership_site_id_site"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("site_id", "moderator_id", name=op.f("pk_membership")),
    )
    op.create_table(
        "sign_in",
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("moderator_id", sa.Integer(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["moderator_id"], ["moderator.id"], name=op.f("fk_sign_in_moderator_id_moderator"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sign_in")),
    )
    op.create_index(op.f("ix_sign_in_moderator_id"), "sign_in", ["moderator_id"], unique=False)
    op.create_table(
        "thread",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("ref", sa.String(length=200), nullable=True),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=True),
        sa.Column("closed", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("changed", sa.DateTime(timezone=True), nullable=False),
        sa.Column("log_seq", sa.BigInteger(), nullable=False),
        sa.Column("log_head", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_thread_site_id_site"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("site_id", "id", name=op.f("pk_thread")),
        sa.UniqueConstraint("site_id", "ref", name=op.f("uq_thread_site_id_ref")),
    )
    op.create_index(op.f("ix_thread_changed"), "thread", ["changed"], unique=False)
    op.create_table(
        "address",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("canonical", sa.Text(), nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.Column("thread_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id", "thread_id"],
            ["thread.site_id", "thread.id"],
            name=op.f("fk_address_site_id_thread_id_thread"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("site_id", "canonical", name=op.f("pk_address")),
    )
    op.create_index(op.f("ix_address_site_id_thread_id"), "address", ["site_id", "thread_id"], unique=False)
    op.create_table(
        "comment",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("thread_id", sa.BigInteger(), nullable=False),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column("depth", sa.Integer(), nullable=False),
        sa.Column("path", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("shown", sa.Boolean(), nullable=False),
        sa.Column("shown_replies", sa.Integer(), nullable=False),
        sa.Column("queued", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn", sa.DateTime(timezone=True), nullable=True),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("website", sa.Text(), nullable=True),
        sa.Column("avatar", sa.String(length=10), nullable=False),
        sa.Column("network", sa.String(length=45), nullable=True),
        sa.Column("moderator_id", sa.Integer(), nullable=True),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("title", sa.String(length=300), nullable=True),
        sa.Column("shown_revision", sa.Integer(), nullable=False),
        sa.Column("held_revision", sa.Integer(), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edited", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('pending', 'approved', 'spam', 'rejected', 'deleted')", name=op.f("ck_comment_state")
        ),
        sa.ForeignKeyConstraint(
            ["moderator_id"], ["moderator.id"], name=op.f("fk_comment_moderator_id_moderator"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["site_id", "parent_id"],
            ["comment.site_id", "comment.id"],
            name=op.f("fk_comment_site_id_parent_id_comment"),
        ),
        sa.ForeignKeyConstraint(
            ["site_id", "thread_id"], ["thread.site_id", "thread.id"], name=op.f("fk_comment_site_id_thread_id_thread")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_comment_site_id_site")),
        sa.PrimaryKeyConstraint("site_id", "id", name=op.f("pk_comment")),
    )
    op.create_index("ix_comment_list", "comment", ["site_id", "state", "id"], unique=False)
    op.create_index(
        "ix_comment_page",
        "comment",
        ["site_id", "thread_id", "path"],
        unique=False,
        sqlite_where=sa.text("shown = 1"),
        postgresql_where=sa.text("shown"),
    )
    op.create_index(
        "ix_comment_queue",
        "comment",
        ["site_id", "queued", "id"],
        unique=False,
        sqlite_where=sa.text("queued IS NOT NULL"),
        postgresql_where=sa.text("queued IS NOT NULL"),
    )
    op.create_index(
        "ix_comment_replies",
        "comment",
        ["site_id", "parent_id"],
        unique=False,
        sqlite_where=sa.text("parent_id IS NOT NULL"),
        postgresql_where=sa.text("parent_id IS NOT NULL"),
    )
    op.create_index(
        "ix_comment_roots",
        "comment",
        ["site_id", "thread_id", "path"],
        unique=False,
        sqlite_where=sa.text("shown = 1 AND depth = 0"),
        postgresql_where=sa.text("shown AND depth = 0"),
    )
    op.create_table(
        "decision_note",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("salt", sa.LargeBinary(length=16), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id", "decision_id"],
            ["decision.site_id", "decision.id"],
            name=op.f("fk_decision_note_site_id_decision_id_decision"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("site_id", "decision_id", name=op.f("pk_decision_note")),
    )
    op.create_table(
        "idempotency",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("key_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(length=32), nullable=False),
        sa.Column("comment_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id", "comment_id"],
            ["comment.site_id", "comment.id"],
            name=op.f("fk_idempotency_site_id_comment_id_comment"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("site_id", "key_hash", name=op.f("pk_idempotency")),
    )
    op.create_index(op.f("ix_idempotency_at"), "idempotency", ["at"], unique=False)
    op.create_table(
        "revision",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("comment_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("markup", sa.String(length=10), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("renderer", sa.String(length=20), nullable=False),
        sa.Column("by", sa.String(length=20), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id", "comment_id"],
            ["comment.site_id", "comment.id"],
            name=op.f("fk_revision_site_id_comment_id_comment"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("site_id", "comment_id", "n", name=op.f("pk_revision")),
    )


def downgrade() -> None:
    op.drop_table("revision")
    op.drop_index(op.f("ix_idempotency_at"), table_name="idempotency")
    op.drop_table("idempotency")
    op.drop_table("decision_note")
    op.drop_index(
        "ix_comment_roots",
        table_name="comment",
        sqlite_where=sa.text("shown = 1 AND depth = 0"),
        postgresql_where=sa.text("shown AND depth = 0"),
    )
    op.drop_index(
        "ix_comment_replies",
        table_name="comment",
        sqlite_where=sa.text("parent_id IS NOT NULL"),
        postgresql_where=sa.text("parent_id IS NOT NULL"),
    )
    op.drop_index(
        "ix_comment_queue",
        table_name="comment",
        sqlite_where=sa.text("queued IS NOT NULL"),
        postgresql_where=sa.text("queued IS NOT NULL"),
    )
    op.drop_index(
        "ix_comment_page", table_name="comment", sqlite_where=sa.text("shown = 1"), postgresql_where=sa.text("shown")
    )
    op.drop_index("ix_comment_list", table_name="comment")
    op.drop_table("comment")
    op.drop_index(op.f("ix_address_site_id_thread_id"), table_name="address")
    op.drop_table("address")
    op.drop_index(op.f("ix_thread_changed"), table_name="thread")
    op.drop_table("thread")
    op.drop_index(op.f("ix_sign_in_moderator_id"), table_name="sign_in")
    op.drop_table("sign_in")
    op.drop_table("membership")
    op.drop_index(op.f("ix_decision_site_id_comment_id"), table_name="decision")
    op.drop_index(op.f("ix_decision_site_id_batch"), table_name="decision")
    op.drop_table("decision")
    op.drop_table("site")
    op.drop_index(op.f("ix_rate_ends"), table_name="rate")
    op.drop_table("rate")
    op.drop_table("moderator")

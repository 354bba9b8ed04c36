"""Letters and subscriptions."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("site", sa.Column("tell_moderators", sa.String(length=10), server_default="each", nullable=False))
    op.add_column("site", sa.Column("digest_hour", sa.Integer(), server_default="7", nullable=False))
    op.create_table(
        "mailbox",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("folded", sa.String(length=254), nullable=False),
        sa.Column("proven", sa.DateTime(timezone=True), nullable=True),
        sa.Column("silenced", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_mailbox_site_id_site"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("site_id", "id", name=op.f("pk_mailbox")),
        sa.UniqueConstraint("site_id", "folded", name=op.f("uq_mailbox_site_id_folded")),
    )
    op.create_table(
        "subscription",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("mailbox_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("about_id", sa.BigInteger(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["site_id", "mailbox_id"],
            ["mailbox.site_id", "mailbox.id"],
            name=op.f("fk_subscription_site_id_mailbox_id_mailbox"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("site_id", "id", name=op.f("pk_subscription")),
        sa.UniqueConstraint(
            "site_id", "mailbox_id", "kind", "about_id", name=op.f("uq_subscription_site_id_mailbox_id_kind_about_id")
        ),
    )
    op.create_index(
        op.f("ix_subscription_site_id_kind_about_id"), "subscription", ["site_id", "kind", "about_id"], unique=False
    )
    _make_letters()


def downgrade() -> None:
    for name in ("letter", "subscription", "mailbox"):
        op.drop_table(name)
    for name in ("digest_hour", "tell_moderators"):
        op.drop_column("site", name)


def _make_letters() -> None:
    op.create_table(
        "letter",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("recipient", sa.String(length=254), nullable=False),
        sa.Column("comment_id", sa.BigInteger(), nullable=True),
        sa.Column("subscription_id", sa.BigInteger(), nullable=True),
        sa.Column("moderator_id", sa.Integer(), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("leased_by", sa.String(length=40), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("message_id", sa.String(length=200), nullable=True),
        sa.Column("sent", sa.DateTime(timezone=True), nullable=True),
        sa.Column("parked", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(length=300), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_letter_site_id_site"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["moderator_id"], ["moderator.id"], name=op.f("fk_letter_moderator_id_moderator"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("site_id", "id", name=op.f("pk_letter")),
        sa.UniqueConstraint(
            "site_id", "recipient", "kind", "event_id", name=op.f("uq_letter_site_id_recipient_kind_event_id")
        ),
    )
    for name, column, given in (
        ("ix_letter_open", "due", "sent IS NULL AND parked IS NULL"),
        ("ix_letter_parked", "parked", "parked IS NOT NULL"),
    ):
        where = sa.text(given)
        op.create_index(name, "letter", ["site_id", column], unique=False, sqlite_where=where, postgresql_where=where)
    op.create_index("ix_letter_comment", "letter", ["site_id", "comment_id"], unique=False)

"""Second factors and tokens of moderators."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("moderator") as batch:
        batch.add_column(sa.Column("totp_secret", sa.Text(), nullable=True))
        batch.add_column(sa.Column("totp_since", sa.DateTime(timezone=True), nullable=True))
        batch.add_column(sa.Column("totp_step", sa.BigInteger(), nullable=True))
    with op.batch_alter_table("sign_in") as batch:
        batch.add_column(sa.Column("agent", sa.String(60), nullable=True))
        batch.add_column(sa.Column("owes_second", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.add_column(sa.Column("challenge", sa.LargeBinary(32), nullable=True))
    op.create_table(
        "recovery_code",
        sa.Column("moderator_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(32), nullable=False),
        sa.ForeignKeyConstraint(
            ["moderator_id"], ["moderator.id"], name="fk_recovery_code_moderator_id_moderator", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("moderator_id", "code_hash", name="pk_recovery_code"),
    )
    op.create_table(
        "passkey",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("moderator_id", sa.Integer(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(1023), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["moderator_id"], ["moderator.id"], name="fk_passkey_moderator_id_moderator", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_passkey"),
        sa.UniqueConstraint("credential_id", name="uq_passkey_credential_id"),
    )
    op.create_table(
        "invitation",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_invitation_site_id_site", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("site_id", "id", name="pk_invitation"),
        sa.UniqueConstraint("token_hash", name="uq_invitation_token_hash"),
    )
    op.create_table(
        "api_token",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("moderator_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_api_token_site_id_site", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["moderator_id"], ["moderator.id"], name="fk_api_token_moderator_id_moderator", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("site_id", "id", name="pk_api_token"),
        sa.UniqueConstraint("token_hash", name="uq_api_token_token_hash"),
    )


def downgrade() -> None:
    for name in ("api_token", "invitation", "passkey", "recovery_code"):
        op.drop_table(name)
    with op.batch_alter_table("sign_in") as batch:
        for name in ("challenge", "owes_second", "agent"):
            batch.drop_column(name)
    with op.batch_alter_table("moderator") as batch:
        for name in ("totp_step", "totp_since", "totp_secret"):
            batch.drop_column(name)

"""Acting from a letter, and the weekly summary."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("site", sa.Column("weekly", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "used_token",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("ends", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_used_token_site_id_site"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("site_id", "token_hash", name=op.f("pk_used_token")),
    )


def downgrade() -> None:
    op.drop_table("used_token")
    op.drop_column("site", "weekly")

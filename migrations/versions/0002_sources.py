"""Under which ids imported threads and comments were known where they came from."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "source",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("source_id", sa.String(length=200), nullable=False),
        sa.Column("our_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_source_site_id_site"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("site_id", "source", "kind", "source_id", name=op.f("pk_source")),
    )
    op.create_index(op.f("ix_source_site_id_kind_our_id"), "source", ["site_id", "kind", "our_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_source_site_id_kind_our_id"), table_name="source")
    op.drop_table("source")

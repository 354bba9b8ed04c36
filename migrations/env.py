"""Runs migrations on the connection that the service hands over, in its transaction."""

from typing import Any

from alembic import context

from commentsvc.database import UtcDateTime
from commentsvc.database import engine
from commentsvc.models.tables import ALL as TABLES


def main() -> None:
    """Run on the connection handed over under `migrate`'s lock, or on one of our own for `flask db revision`."""
    connection = context.config.attributes.get("connection")
    if connection is not None:
        run(connection)
        return
    with engine().begin() as own:
        run(own)


def run(connection: Any) -> None:
    """Run the migrations asked for, all in the connection's transaction: half a migration is none."""
    context.configure(
        connection=connection,
        target_metadata=TABLES[0].metadata,
        compare_type=True,
        render_item=name_type,
        transactional_ddl=True,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()


def name_type(kind: str, item: Any, _autogenerate_context: Any) -> Any:
    """Write our time type as what it is in the database, so that old migrations need none of our code."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


main()

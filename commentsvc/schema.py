"""The schema that this version works with, and whether the database has it."""

from importlib import import_module

from sqlalchemy import Connection
from sqlalchemy import inspect
from sqlalchemy import text

from commentsvc.database import engine
from commentsvc.database import make_file
from commentsvc.database import refusing
from commentsvc.refusals import SchemaMismatch
from commentsvc.resources import folder
from commentsvc.settings import Settings


def require_schema(settings: Settings) -> None:
    """Make or migrate an SQLite database, and raise SchemaMismatch unless the schema is this version's."""
    if settings.sqlite_path is not None:
        make_file(settings.sqlite_path)
    with refusing(), engine().connect().execution_options(commentsvc_write=False) as connection:
        current = is_current(connection)
    if current:
        return
    if settings.sqlite_path is None:
        raise SchemaMismatch("the database is not prepared for this version; run `commentsvc migrate` first")
    # Loaded only where there is something to migrate: Alembic takes a sixth of a service's memory.
    import_module("commentsvc.operators.migrating").migrate(settings)


def is_current(connection: Connection) -> bool:
    """Tell whether the schema is this version's rather than an older one's; raise SchemaMismatch where it is newer."""
    known = revisions()
    if not inspect(connection).has_table("alembic_version"):
        return False
    found = connection.scalar(text("SELECT version_num FROM alembic_version"))
    if found is None or found in known[:-1]:
        return False
    if found == known[-1]:
        return True
    raise SchemaMismatch(
        f"the database has schema {found}, which this version does not know: it was used by a newer one."
        " Nothing was changed. Upgrade commentsvc, or restore a backup made before."
    )


def revisions() -> list[str]:
    """Return the names of all migrations, oldest first: a file is called by its number and what it brings."""
    return sorted(path.name.partition("_")[0] for path in (folder("migrations") / "versions").glob("[0-9]*_*.py"))

"""Rows past the unit of work, which takes longer to arrange one than to read or write it: for what each post does."""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Any
from typing import TypeVar
from typing import cast

from sqlalchemy import Connection
from sqlalchemy import Dialect
from sqlalchemy import Insert
from sqlalchemy import Select
from sqlalchemy import Table
from sqlalchemy import Update
from sqlalchemy.orm import Session

from commentsvc.database import Base

RowT = TypeVar("RowT", bound=Base)


def connection(session: Session) -> Connection:
    """Return the connection of a session, to ask past the unit of work."""
    # A session that writes has joined one (`transaction`); to have the session find it takes longer than to ask by it.
    return session.bind if isinstance(session.bind, Connection) else session.connection()


def row_of(kind: type[RowT], values: Mapping[Any, Any]) -> RowT:
    """Return a row of these values past the unit of work, as if it was read; it takes whatever it is given."""
    row = kind()
    # Setting one attribute after the other tells the unit of work of each, which takes longer than to read the row.
    vars(row).update(values)
    return row


def write_new(session: Session, row: Base) -> None:
    """Insert a new row at once."""
    _insertion(cast(Table, row.__table__)).run(connection(session), vars(row))


def dialect_module(database: str) -> Any:
    """Return SQLAlchemy's module for what only one kind of database has, by its name."""
    return import_module(f"sqlalchemy.dialects.{database}")


def insertion_of_new(connection: Connection, kind: type[Base]) -> Any:
    """Return an insertion that does nothing where the row is there already."""
    return dialect_module(connection.dialect.name).insert(kind.__table__).on_conflict_do_nothing()


class Prepared:
    """A statement that SQLAlchemy writes once for a kind of database; each use goes to the driver as it is.

    Types are heeded as everywhere. Its values are all named, and none of them stands for a list.
    """

    def __init__(self, statement: "Select[Any] | Insert | Update") -> None:
        """Take a statement with named values; an insertion takes every column of its table."""
        self._statement = statement
        self._written: dict[str, _Written] = {}

    def run(self, connection: Connection, values: Mapping[str, Any]) -> None:
        """Run the statement; a value that is not given is null."""
        written = self._for(connection.dialect)
        connection.exec_driver_sql(written.words, written.bound(values))

    def first(self, connection: Connection, values: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return the first row by the names of its columns, or None."""
        written = self._for(connection.dialect)
        found = connection.exec_driver_sql(written.words, written.bound(values))
        row = found.fetchone()
        found.close()
        return written.read(row) if row is not None else None

    def _for(self, dialect: Dialect) -> "_Written":
        written = self._written.get(dialect.name)
        if written is None:
            written = self._written[dialect.name] = _Written(self._statement, dialect)
        return written


class _Written:
    def __init__(self, statement: Any, dialect: Dialect) -> None:
        columns = [column.key for column in statement.table.columns] if isinstance(statement, Insert) else None
        compiled = statement.compile(dialect=dialect, column_keys=columns)
        self.words = str(compiled)
        self._is_positional = compiled.positional
        names = (compiled.positiontup if compiled.positional else compiled.binds) or ()
        self._bound = [(name, _impl(compiled.binds[name].type, dialect).bind_processor(dialect)) for name in names]
        selected = statement.selected_columns if isinstance(statement, Select) else ()
        self._read = [(str(c.key), _impl(c.type, dialect).result_processor(dialect, None)) for c in selected]

    def bound(self, values: Mapping[str, Any]) -> Any:
        get = values.get
        if self._is_positional:
            return tuple([get(name) if process is None else process(get(name)) for name, process in self._bound])
        return {name: get(name) if process is None else process(get(name)) for name, process in self._bound}

    def read(self, row: Any) -> dict[str, Any]:
        pairs = zip(self._read, row, strict=True)
        return {name: value if process is None else process(value) for (name, process), value in pairs}


def _impl(kind: Any, dialect: Dialect) -> Any:
    return kind.dialect_impl(dialect)


@cache
def _insertion(table: Table) -> Prepared:
    return Prepared(table.insert())

"""Rows past the unit of work, which takes longer to arrange one than to read or write it: for what each post does."""

from collections.abc import Mapping
from functools import cache
from typing import Any
from typing import TypeVar
from typing import cast

from sqlalchemy import Connection
from sqlalchemy import Insert
from sqlalchemy import Table
from sqlalchemy.orm import Session

from commentsvc.database import Base

RowT = TypeVar("RowT", bound=Base)


def connection(session: Session) -> Connection:
    """Return the connection of a session, to ask past the unit of work; the session takes its time to find it."""
    found: Connection | None = session.info.get("connection")
    if found is None or found.closed:
        found = session.info["connection"] = session.connection()
    return found


def row_of(kind: type[RowT], values: Mapping[Any, Any]) -> RowT:
    """Return a row of these values past the unit of work, as if it was read; it takes whatever it is given."""
    row = kind()
    # Setting one attribute after the other tells the unit of work of each, which takes longer than to read the row.
    vars(row).update(values)
    return row


def write_new(session: Session, row: Base) -> None:
    """Insert a new row at once."""
    insertion, names = _insertion(cast(Table, row.__table__))
    values = vars(row)
    connection(session).execute(insertion, {name: values.get(name) for name in names})


@cache
def _insertion(table: Table) -> tuple[Insert, tuple[str, ...]]:
    return table.insert(), tuple(column.key for column in table.columns)

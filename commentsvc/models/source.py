"""A source: under which id something was known where it was imported from."""

from collections.abc import Iterable
from collections.abc import Sequence

from sqlalchemy import BigInteger
from sqlalchemy import ForeignKey
from sqlalchemy import Index
from sqlalchemy import String
from sqlalchemy import select
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import Session
from sqlalchemy.orm import mapped_column

from commentsvc.database import Base
from commentsvc.models.site import Site

THREAD = "thread"
COMMENT = "comment"
MAX_NAME = 40
MAX_ID = 200

# A name of a source, and an id in it.
Identity = tuple[str, str]


class Source(Base):
    """The id of a thread or comment in a file it came from; it stays when what it names is gone."""

    __tablename__ = "source"
    __table_args__ = (Index(None, "site_id", "kind", "our_id"),)

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), primary_key=True)
    # Which program's or site's ids these are, such as archive or wordpress.
    source: Mapped[str] = mapped_column(String(MAX_NAME), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    source_id: Mapped[str] = mapped_column(String(MAX_ID), primary_key=True)
    our_id: Mapped[int] = mapped_column(BigInteger)


def known(session: Session, site: Site, kind: str, identities: Iterable[Identity]) -> dict[Identity, int]:
    """Return our ids of what was imported before under some identities; unknown ones are left out."""
    by_name: dict[str, set[str]] = {}
    for name, source_id in identities:
        by_name.setdefault(name, set()).add(source_id)
    found: dict[Identity, int] = {}
    for name, ids in by_name.items():
        rows = session.execute(
            select(Source.source_id, Source.our_id).where(
                Source.site_id == site.id, Source.source == name, Source.kind == kind, Source.source_id.in_(ids)
            )
        )
        found |= {(name, row[0]): row[1] for row in rows}
    return found


def identities_of(session: Session, site: Site, kind: str, our_ids: Sequence[int]) -> dict[int, list[Identity]]:
    """Return the identities of threads or comments of ours, in order, by our id."""
    found: dict[int, list[Identity]] = {}
    rows = session.execute(
        select(Source.our_id, Source.source, Source.source_id).where(
            Source.site_id == site.id, Source.kind == kind, Source.our_id.in_(our_ids)
        )
    )
    for row in rows:
        found.setdefault(row[0], []).append((row[1], row[2]))
    return {our_id: sorted(identities) for our_id, identities in found.items()}

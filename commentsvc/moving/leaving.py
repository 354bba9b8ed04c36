"""An owner takes a site's comments along, and the log of the site says so."""

import gzip
from collections.abc import Collection
from datetime import datetime
from typing import IO
from typing import cast

from commentsvc.database import transaction
from commentsvc.models.decision import Actor
from commentsvc.models.decision import record
from commentsvc.models.moderator import Moderator
from commentsvc.models.site import Site
from commentsvc.moving.exporters.declared import Exporter
from commentsvc.moving.exporters.declared import Written

EXPORT = "site-export"


def take_along(
    site: Site, moderator: Moderator, exporter: Exporter, beside: Collection[str], out: IO[bytes], now: datetime
) -> Written:
    """Write a site's comments to a file, packed as the format's suffix says; raise DatabaseAway.

    The log says who asked for which format before anything is read, since what was read may be gone with them.
    """
    with transaction() as session:
        home = session.get_one(Site, site.id, with_for_update=True)
        by = Actor("moderator", moderator.id)
        record(session, home, None, act=EXPORT, by=by, at=now, reasons=(exporter.name, *beside))
    if not exporter.suffix.endswith(".gz"):
        return exporter.write(site, out, _unseen, beside)
    # Without name and time, so that the same comments make the same bytes.
    with gzip.GzipFile(filename="", mode="wb", fileobj=out, mtime=0, compresslevel=6) as packed:
        return exporter.write(site, cast(IO[bytes], packed), _unseen, beside)


def _unseen(_what: str, _done: int, _total: int) -> None:
    """Show nothing: the browser waits for the file."""

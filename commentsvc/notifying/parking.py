"""Letters that could not be sent: moderators see why, and have them sent again."""

from collections.abc import Iterable
from collections.abc import Sequence
from datetime import datetime

from commentsvc.database import reading
from commentsvc.database import transaction
from commentsvc.models.letter import Letter
from commentsvc.models.letter import parked_letters
from commentsvc.models.letter import unpark
from commentsvc.models.site import Site


def look(site: Site) -> Sequence[Letter]:
    """Return the letters of a site that were given up, the last first, at most a page of them; raise DatabaseAway."""
    with reading() as session:
        return parked_letters(session, site)


def send_again(site: Site, letter_ids: Iterable[int], now: datetime) -> int:
    """Have letters sent again that were given up, and return how many; raise DatabaseAway."""
    with transaction() as session:
        return unpark(session, site, letter_ids, now)

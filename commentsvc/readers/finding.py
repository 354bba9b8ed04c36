"""Finds the site that readers ask for."""

from weakref import WeakKeyDictionary

from sqlalchemy import Engine

from commentsvc.database import engine
from commentsvc.models.site import Site
from commentsvc.models.site import read_site
from commentsvc.people import managing
from commentsvc.people.site_settings import is_key
from commentsvc.refusals import UnknownSite
from commentsvc.replica import ask


def site(key: str) -> Site:
    """Return a site by its key, for what everybody may read; raise UnknownSite or DatabaseAway."""
    found = ask(lambda session: read_site(session.connection(), key)) if is_key(key) else None
    if found is None:
        raise UnknownSite(key)
    return found


def site_as_known(key: str) -> Site:
    """Return a site as this process last read it, for those who ask within their transaction whether it still stands.

    Raises UnknownSite or DatabaseAway.
    """
    return _known.setdefault(engine(), {}).get(key) or site_anew(key)


def site_anew(key: str) -> Site:
    """Read a site, and know it so from now on; raise UnknownSite or DatabaseAway."""
    known = _known.setdefault(engine(), {})
    known.pop(key, None)
    known[key] = found = managing.site(key)
    return found


_known: WeakKeyDictionary[Engine, dict[str, Site]] = WeakKeyDictionary()

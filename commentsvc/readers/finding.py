"""Finds the site that readers ask for."""

from commentsvc.models.site import Site
from commentsvc.models.site import read_site
from commentsvc.people.site_settings import is_key
from commentsvc.refusals import UnknownSite
from commentsvc.replica import ask


def site(key: str) -> Site:
    """Return a site by its key, for what everybody may read; raise UnknownSite or DatabaseAway."""
    found = ask(lambda session: read_site(session.connection(), key)) if is_key(key) else None
    if found is None:
        raise UnknownSite(key)
    return found

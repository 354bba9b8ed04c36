"""How many comments articles have: the numbers that are kept with their threads, for pages that list them."""

from collections.abc import Callable

from commentsvc.authors.submission import article_address
from commentsvc.authors.submission import clean_ref
from commentsvc.keeping import any_thread_ground
from commentsvc.keeping import site_ground
from commentsvc.models.site import Site
from commentsvc.models.thread import counts_of
from commentsvc.readers.publishing import Made
from commentsvc.refusals import FieldError
from commentsvc.refusals import ForeignOrigin
from commentsvc.refusals import Invalid
from commentsvc.replica import ask

MAX_COUNTS = 100


def counts(site: Site, urls: list[str], refs: list[str]) -> Made:
    """Return the number of approved comments for each URL and stable id, 0 where there is no thread.

    What can't be read or is not the site's counts 0, so that one foreign link on a page costs the others nothing. Where
    everything is so, it is a mistake that somebody must see: raises Invalid or ForeignOrigin; Invalid also where too
    many are asked for.
    """
    if len(urls) + len(refs) > MAX_COUNTS:
        raise Invalid(FieldError("url", "too_many", f"At most {MAX_COUNTS} addresses can be asked for at once."))
    refused: list[Invalid | ForeignOrigin] = []
    canonicals = _readable(urls, lambda url: article_address(site, url).canonical, refused)
    clean_refs = _readable(refs, clean_ref, refused)
    if refused and not canonicals and not clean_refs:
        raise refused[0]
    addresses, stable = _distinct(canonicals), _distinct(clean_refs)
    by_address, by_ref = ask(lambda session: counts_of(session, site, addresses, stable))
    # Neither an address nor a stable id is empty: nothing is found there.
    answer = {ref: by_ref.get(clean_refs.get(ref) or "", 0) for ref in refs}
    answer.update({url: by_address.get(canonicals.get(url) or "", 0) for url in urls})
    # The site, too: its settings say which addresses are its own.
    return Made({"counts": answer}, (site_ground(site.id), any_thread_ground(site.id)))


def _readable(
    asked: list[str], read: Callable[[str], str | None], refused: list[Invalid | ForeignOrigin]
) -> dict[str, str | None]:
    known = {}
    for each in dict.fromkeys(asked):
        try:
            known[each] = read(each)
        except (Invalid, ForeignOrigin) as refusal:
            refused.append(refusal)
    return known


def _distinct(known: dict[str, str | None]) -> list[str]:
    return list({each for each in known.values() if each is not None})

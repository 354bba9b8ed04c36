"""Where comments came from is known for a while only, so that floods can be seen, and then erased."""

from datetime import datetime

from sqlalchemy import select

from commentsvc.database import reading
from commentsvc.database import transaction
from commentsvc.models import networks
from commentsvc.models.site import Site

# In one transaction: others who write wait no longer than for an instant.
BATCH = 500


def forget_networks(before: datetime) -> int:
    """Erase the networks of all comments written before a time, and return how many; raise DatabaseAway.

    What readers see does not change. Several processes that do so at once do each other no harm.
    """
    with reading() as session:
        sites = list(session.scalars(select(Site.id).order_by(Site.id)))
    erased = 0
    for site_id in sites:
        done = BATCH
        while done == BATCH:
            with transaction() as session:
                done = networks.forget_networks(session, site_id, before, BATCH)
            erased += done
    return erased

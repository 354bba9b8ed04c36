"""How many reports and notices are taken: from one network, and of one comment."""

from commentsvc.models.ids import to_text
from commentsvc.web.service import service
from commentsvc.web.visitors import limited_network

REPORTS_FROM_NETWORK = "5/minute;30/hour"
# More than one network may send, so that none keeps the others from being heard.
REPORTS_OF_COMMENT = "60/hour"
NOTICES_FROM_NETWORK = "3/minute;10/hour"
NOTICES_OF_COMMENT = "30/hour"


def limit_reports(comment_id: int) -> None:
    """Count a report of a comment; raise TooMany or DatabaseAway."""
    service().limiter.hit(REPORTS_FROM_NETWORK, "report", limited_network())
    service().limiter.hit(REPORTS_OF_COMMENT, "report-of", to_text(comment_id))


def limit_notices(comment_id: int) -> None:
    """Count a notice of illegal content on a comment; raise TooMany or DatabaseAway."""
    service().limiter.hit(NOTICES_FROM_NETWORK, "notice", limited_network())
    service().limiter.hit(NOTICES_OF_COMMENT, "notice-on", to_text(comment_id))

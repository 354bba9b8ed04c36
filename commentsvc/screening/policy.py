"""The plain policy of a site, what a verdict is, and how several become one."""

from dataclasses import dataclass

APPROVE = "approve"
HOLD = "hold"
SPAM = "spam"
REJECT = "reject"
# From the mildest to the strictest.
ACTIONS = (APPROVE, HOLD, SPAM, REJECT)

# Why a submission is held; the desk turns the codes into words.
EVERYTHING = "everything"
FIRST_TIME = "first-time"
LINKS = "links"
# A moderator edited the text that the author now writes anew.
AFTER_EDIT = "after-edit"
RESERVED_NAME = "reserved-name"
# Another service is asked about it, and has not answered yet.
AWAITING_CHECK = "awaiting-check"
# Not a reason to hold: said of an author who showed the receipts that the site trusts.
KNOWN = "known"


@dataclass(frozen=True)
class Policy:
    """What a site holds: `hold` is all, first or none; `links` or more links are always held, 0 switches it off."""

    hold: str
    links: int


@dataclass(frozen=True)
class Standing:
    """What is known of a submission: its links, whether receipts make its author known, whether the name is taken."""

    links: int
    known: bool
    reserved: bool = False


@dataclass(frozen=True)
class Verdict:
    """What screening says of a submission, with its reasons; approval needs none."""

    action: str
    reasons: tuple[str, ...] = ()


def judge(standing: Standing, policy: Policy) -> Verdict:
    """Return the verdict on a submission; every reason to hold is named, not the first alone."""
    reasons = []
    if standing.reserved:
        reasons.append(RESERVED_NAME)
    if policy.links and standing.links >= policy.links:
        reasons.append(LINKS)
    if policy.hold == "all":
        reasons.append(EVERYTHING)
    elif policy.hold == "first" and not standing.known:
        reasons.append(FIRST_TIME)
    return Verdict(HOLD, tuple(reasons)) if reasons else Verdict(APPROVE)


def strictest(*verdicts: Verdict) -> Verdict:
    """Return one verdict of several: the strictest action, and the reasons of all in their order, each once."""
    reasons = dict.fromkeys(reason for verdict in verdicts for reason in verdict.reasons)
    return Verdict(max((verdict.action for verdict in verdicts), key=ACTIONS.index, default=APPROVE), tuple(reasons))

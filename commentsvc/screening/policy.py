"""The plain policy of a site: who is held, and what always is."""

from dataclasses import dataclass

APPROVE = "approve"
HOLD = "hold"

# Why a submission is held; the desk turns the codes into words.
EVERYTHING = "everything"
FIRST_TIME = "first-time"
LINKS = "links"


@dataclass(frozen=True)
class Policy:
    """What a site holds: `hold` is all, first or none; `links` or more links are always held, 0 switches it off."""

    hold: str
    links: int


@dataclass(frozen=True)
class Standing:
    """What is known of a submission: its links, and whether its author showed the receipt of an approved comment."""

    links: int
    known: bool


@dataclass(frozen=True)
class Verdict:
    """What screening says of a submission, with its reasons; approval needs none."""

    action: str
    reasons: tuple[str, ...] = ()


def judge(standing: Standing, policy: Policy) -> Verdict:
    """Return the verdict on a submission; every reason to hold is named, not the first alone."""
    reasons = []
    if policy.links and standing.links >= policy.links:
        reasons.append(LINKS)
    if policy.hold == "all":
        reasons.append(EVERYTHING)
    elif policy.hold == "first" and not standing.known:
        reasons.append(FIRST_TIME)
    return Verdict(HOLD, tuple(reasons)) if reasons else Verdict(APPROVE)

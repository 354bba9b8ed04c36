"""How a submission was sent is looked at: traps, haste, crowds, and the work that a browser did."""

import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from datetime import datetime
from datetime import timedelta

from commentsvc.authors.submission import Checked
from commentsvc.keys import Keyring
from commentsvc.models.site import HOLD_ALL
from commentsvc.models.site import Site
from commentsvc.operators.limiting import Act
from commentsvc.operators.limiting import Limiter
from commentsvc.screening import proof
from commentsvc.screening import suspicion
from commentsvc.screening.suspicion import Signs
from commentsvc.settings import Settings

PURPOSE = "proof"
# Half of what POST_LIMIT lets through by default: from then on a network is asked for work.
TRIES = "30/hour"
# Longer than a challenge lives.
ONCE = "1/hour"


@dataclass(frozen=True)
class Watch:
    """What the doors know of how a submission came: its network, its form, what was in the trap, an answer."""

    limiter: Limiter
    settings: Settings
    keys: Keyring
    network: str
    age: timedelta | None = None
    trap: str = ""
    answer: str = ""

    def signs(self, site: Site, checked: Checked, now: datetime) -> Signs:
        """Count a submission whose fields can be taken, and return its signs; raise DatabaseAway.

        With COMMENTSVC_RATE_LIMITS=off haste and crowds are not looked at.
        """
        what = article(site.key, checked.ref, checked.address.canonical)
        proved = site.proof != suspicion.PROOF_OFF and self._is_proved(what, now)
        if not self.settings.rate_limits:
            return Signs(bool(self.trap), proved=proved)
        acts = crowds(self.settings, site.key, what, self.network, checked.email)
        kept = self.limiter.tally(*acts.values())
        crowded = tuple(reason for reason, keeps in zip(acts, kept, strict=True) if not keeps)
        return Signs(bool(self.trap), self.age, crowded, proved)

    def _is_proved(self, what: tuple[str, ...], now: datetime) -> bool:
        if not self.answer:
            return False
        mark = proof.solved(tuple(_bound(key, what) for key in self.keys.all(PURPOSE)), self.answer, now)
        return mark is not None and all(self.limiter.tally(Act(ONCE, "proof", (mark,))))


@dataclass(frozen=True)
class Offer:
    """What a form is given: a challenge, and whether a comment that is sent without its answer would be held."""

    challenge: proof.Challenge | None
    needed: bool


def offer(watch: Watch, site: Site, what: tuple[str, ...], now: datetime) -> Offer:
    """Return what the form under an article is given; count nothing. Raise DatabaseAway."""
    if site.proof == suspicion.PROOF_OFF:
        return Offer(None, False)
    number = secrets.randbelow(proof.MAX_NUMBER + 1)
    asked = proof.challenge(_bound(watch.keys.derive(PURPOSE), what), secrets.token_bytes(12), number, now)
    # Where everything waits for a moderator, work would change nothing.
    if site.hold == HOLD_ALL:
        return Offer(asked, False)
    acts = crowds(watch.settings, site.key, what, watch.network, None)
    return Offer(asked, site.proof == suspicion.PROOF_ALWAYS or not watch.limiter.has_room(*acts.values()))


def crowds(settings: Settings, site: str, what: tuple[str, ...], network: str, email: str | None) -> dict[str, Act]:
    """Return what is counted of a submission, by the reason for which it is held when that is too much.

    In the same order for all, so that two that are counted at once never wait for each other in a circle.
    """
    acts = {suspicion.BUSY_NETWORK: Act(TRIES, "tries", (network,))}
    if email is not None:
        # Anybody can type somebody else's address: who does it often must not shut its owner out.
        acts[suspicion.BUSY_EMAIL] = Act(settings.email_limit, "post-email", (site, email.casefold()))
    acts[suspicion.BUSY_THREAD] = Act(settings.thread_limit, "post-thread", what)
    acts[suspicion.BUSY_SITE] = Act(settings.site_limit, "post-site", (site,))
    return acts


def article(site: str, ref: str | None, canonical: str) -> tuple[str, ...]:
    """Return what an article is known by: its site, and the owner's id for it or else its address."""
    return (site, "id", ref) if ref is not None else (site, "url", canonical)


def _bound(key: bytes, what: tuple[str, ...]) -> bytes:
    return hmac.new(key, json.dumps(what).encode(), hashlib.sha256).digest()

"""What makes a submission suspicious besides its text: how it was sent, and how much comes in. Pure."""

from dataclasses import dataclass
from datetime import timedelta

from commentsvc.screening.policy import APPROVE
from commentsvc.screening.policy import HOLD
from commentsvc.screening.policy import SPAM
from commentsvc.screening.policy import Verdict

# When a site asks a reader's browser for work: never, where something is suspicious, or always.
PROOF_OFF = "off"
PROOF_SUSPICIOUS = "suspicious"
PROOF_ALWAYS = "always"
PROOFS = (PROOF_OFF, PROOF_SUSPICIOUS, PROOF_ALWAYS)

# Reasons; the desk turns them into words.
HONEYPOT = "honeypot"
TOO_SOON = "too-soon"
NO_PROOF = "no-proof"
NO_FORM = "no-form"
BUSY_NETWORK = "busy-network"
BUSY_EMAIL = "busy-email"
BUSY_THREAD = "busy-thread"
BUSY_SITE = "busy-site"

# Nobody reads a form and fills it in within this time.
SOON = timedelta(seconds=2)


@dataclass(frozen=True)
class Signs:
    """How a submission was sent.

    `trapped`: a field was filled in that no person sees. `age`: for how long its form was open, None where it came
    from no form of ours. `crowds`: what is busier than it should be. `proved`: the browser did the work it was given.
    """

    trapped: bool = False
    age: timedelta | None = None
    crowds: tuple[str, ...] = ()
    proved: bool = False


def judge_signs(signs: Signs, proof: str, *, known: bool) -> Verdict:
    """Return the verdict on how a submission was sent, where a site asks for `proof` in this way.

    Nothing is refused here. A proof, or an author who is known, outweighs everything but the trap. That a program sent
    the comment and no form of ours is no reason to hold it, but is told beside one.
    """
    if signs.trapped:
        return Verdict(SPAM, (HONEYPOT,))
    if signs.proved or known:
        return Verdict(APPROVE)
    reasons = list(signs.crowds)
    if signs.age is not None and signs.age < SOON:
        reasons.append(TOO_SOON)
    if proof == PROOF_ALWAYS:
        reasons.append(NO_PROOF)
    if reasons and signs.age is None:
        reasons.append(NO_FORM)
    return Verdict(HOLD, tuple(reasons)) if reasons else Verdict(APPROVE)

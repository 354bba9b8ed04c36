"""Tables: what is suspicious in how a comment was sent, and which answers prove that a browser worked."""

import base64
import json
from dataclasses import replace
from datetime import UTC
from datetime import datetime
from datetime import timedelta
from typing import Any

import pytest

from commentsvc.screening import proof
from commentsvc.screening.policy import APPROVE
from commentsvc.screening.policy import HOLD
from commentsvc.screening.policy import SPAM
from commentsvc.screening.suspicion import BUSY_SITE
from commentsvc.screening.suspicion import HONEYPOT
from commentsvc.screening.suspicion import NO_FORM
from commentsvc.screening.suspicion import NO_PROOF
from commentsvc.screening.suspicion import TOO_SOON
from commentsvc.screening.suspicion import Signs
from commentsvc.screening.suspicion import judge_signs

NOW = datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)
AT_ONCE, AFTER_A_WHILE = timedelta(seconds=1), timedelta(seconds=2)
KEY, OTHER = b"k" * 32, b"o" * 32


@pytest.mark.parametrize(
    ("signs", "proof_wanted", "known", "action", "reasons"),
    [
        (Signs(), "suspicious", False, APPROVE, ()),
        (Signs(age=AFTER_A_WHILE), "suspicious", False, APPROVE, ()),
        (Signs(age=AT_ONCE), "suspicious", False, HOLD, (TOO_SOON,)),
        (Signs(age=AT_ONCE), "off", False, HOLD, (TOO_SOON,)),
        (Signs(age=AT_ONCE), "suspicious", True, APPROVE, ()),
        (Signs(age=AT_ONCE, proved=True), "suspicious", False, APPROVE, ()),
        (Signs(crowds=(BUSY_SITE,)), "suspicious", False, HOLD, (BUSY_SITE, NO_FORM)),
        (Signs(crowds=(BUSY_SITE,), age=AFTER_A_WHILE), "suspicious", False, HOLD, (BUSY_SITE,)),
        (Signs(crowds=(BUSY_SITE,), proved=True), "suspicious", False, APPROVE, ()),
        (Signs(age=AFTER_A_WHILE), "always", False, HOLD, (NO_PROOF,)),
        (Signs(), "always", True, APPROVE, ()),
        (Signs(age=AFTER_A_WHILE, proved=True), "always", False, APPROVE, ()),
        (Signs(trapped=True, proved=True), "off", True, SPAM, (HONEYPOT,)),
    ],
)
def test_what_is_held_and_why(
    signs: Signs, proof_wanted: str, known: bool, action: str, reasons: tuple[str, ...]
) -> None:
    verdict = judge_signs(signs, proof_wanted, known=known)
    assert (verdict.action, verdict.reasons) == (action, reasons)


def changed(answer: str, **values: Any) -> str:
    """Return an answer with other values; None leaves one out."""
    told = json.loads(base64.b64decode(answer)) | values
    told = {name: value for name, value in told.items() if value is not None}
    return base64.b64encode(json.dumps(told).encode()).decode()


def test_an_answer_is_good_for_its_article_and_in_time() -> None:
    asked = proof.challenge(KEY, b"chance", 1234, NOW)
    answer = proof.solve(asked)
    assert json.loads(base64.b64decode(answer))["number"] == 1234
    assert proof.solved((OTHER, KEY), answer, NOW + proof.LIFE) == asked.challenge, "a former key is good, too"
    assert proof.solved((KEY,), answer, NOW + proof.LIFE + timedelta(seconds=1)) is None
    assert proof.solved((OTHER,), answer, NOW) is None
    with pytest.raises(ValueError, match="no number"):
        proof.solve(replace(asked, maxnumber=1233))


def test_digits_moved_into_the_salt_are_the_same_challenge_and_no_later_date() -> None:
    asked = proof.challenge(KEY, b"chance", 1234, NOW)
    moved = changed(proof.solve(asked), salt=asked.salt + "1", number=234)
    assert proof.solved((KEY,), moved, NOW) == asked.challenge
    assert proof.solved((KEY,), moved, NOW + proof.LIFE + timedelta(seconds=1)) is None


@pytest.mark.parametrize(
    "values",
    [
        {"number": 1233},
        {"number": "1234"},
        {"number": 1234.0},
        {"number": True},
        {"number": -1},
        {"number": 10**30},
        {"number": None},
        {"salt": "ab?expires=9999999999&"},
        {"salt": "\ud800"},
        {"salt": None},
        {"challenge": "0" * 64},
        {"challenge": ["x"]},
        {"signature": "é"},
        {"signature": "0" * 64},
        {"algorithm": "SHA-1"},
    ],
)
def test_what_is_no_answer(values: dict[str, Any]) -> None:
    answer = proof.solve(proof.challenge(KEY, b"chance", 1234, NOW))
    assert proof.solved((KEY,), answer, NOW) is not None
    assert proof.solved((KEY,), changed(answer, **values), NOW) is None


@pytest.mark.parametrize("answer", ["", "é", "%%%", "bm8=", "W10=", "/w==", "Ww==" * 400, "x" * 3000])
def test_what_is_no_base64_of_an_object(answer: str) -> None:
    assert proof.solved((KEY,), answer, NOW) is None

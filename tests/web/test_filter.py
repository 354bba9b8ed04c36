"""The filter learns from what moderators decide, forgets what they take back, and says why it thinks so."""

import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from commentsvc.database import reading
from commentsvc.models import learnt
from commentsvc.models.decision import Decision
from commentsvc.models.ids import from_text
from commentsvc.models.moderator import Moderator
from commentsvc.models.site import Site
from commentsvc.moderators import filtering
from commentsvc.moderators import moderating
from commentsvc.moderators import teaching
from commentsvc.moderators.learning_apart import learn_apart
from commentsvc.moderators.studying import Student
from commentsvc.people import managing
from commentsvc.screening.learning.learning import learn
from commentsvc.screening.learning.sample import Decided
from commentsvc.screening.learning.sample import Sample
from commentsvc.screening.policy import Verdict
from tests.conftest import BASE_URL
from tests.conftest import PASSWORD
from tests.conftest import SECRET
from tests.conftest import Clock
from tests.conftest import Reader
from tests.rig.desk import Desk
from tests.rig.desk import desk_of
from tests.rig.desk import notice
from tests.rig.lessons import GOOD
from tests.rig.lessons import NEW_GOOD
from tests.rig.lessons import NEW_SPAM
from tests.rig.lessons import SPAM
from tests.rig.lessons import facts
from tests.rig.lessons import verdict_on


@pytest.fixture
def teach(sam: Reader, decide: Callable[..., Any]) -> Callable[[int], None]:
    """Give a function that has so many comments of each kind decided by Mona."""

    def teach(each: int = 10) -> None:
        decide("spam", *(sam.say(text) for text in SPAM[:each]))
        decide("approve", *(sam.say(text) for text in GOOD[:each]))

    return teach


@pytest.fixture
def desk(app: Flask, mona: Moderator) -> Desk:
    """Give Mona's desk."""
    return desk_of(app, "mona@gazette.example", PASSWORD)


@pytest.fixture
def relearn(app: Flask, site: Site, clock: Clock) -> Callable[[], bytes | None]:
    """Give a function that learns what was decided, and returns the model."""

    def relearn() -> bytes | None:
        with app.app_context():
            teaching.relearn(site, clock())
            with reading() as session:
                return learnt.model_of(session, site)

    return relearn


def test_what_looks_like_decided_spam_is_held_and_told_why(
    app: Flask, site: Site, change_site, sam: Reader, desk: Desk, decide, teach, relearn, clock: Clock
) -> None:
    teach()
    relearn()
    change_site(hold="none")
    assert sam.post(NEW_GOOD).status_code == 201
    held = sam.say(NEW_SPAM)
    assert desk.list() == [held]
    assert "looks like spam to the filter" in desk.open("/moderate/gazette/queue").text
    page = desk.open(f"/moderate/gazette/comments/{held}/filter").text
    assert "the filter marks it" in page
    assert any("50" in words or "cheap" in words.lower() for words in facts(page).values()), facts(page)
    with app.app_context(), reading() as session:
        reasons = session.scalars(select(Decision.reasons).where(Decision.comment_id == from_text(held))).all()
    assert list(reasons) == [["filter"]], "codes alone: what it quotes stays out of the log"
    with app.app_context():
        gazette = managing.site("gazette")
        chances = filtering.chances(gazette, moderating.look(gazette, "queue").listing.entries)
    assert chances.keys() == {from_text(held)}
    assert 0.5 < chances.popitem()[1] < 1
    clock.advance(minutes=1)
    decide("spam", held)
    relearn()
    months = re.sub(r"<[^>]+>", " ", desk.open("/moderate/gazette/filter").text)
    assert re.search(r"2026-03\s+1\s+1\s+100 %\s+10\s", months), months


def test_a_signal_that_is_disagreed_with_is_ignored_until_it_is_heeded_again(
    app: Flask, sam: Reader, desk: Desk, teach, relearn
) -> None:
    teach()
    relearn()
    held = sam.say(NEW_SPAM)
    path = f"/moderate/gazette/comments/{held}/filter"
    key, words = next(iter(facts(desk.open(path).text).items()))
    before = relearn()
    assert "ignores this from now on" in notice(desk, desk.send(f"{path}/mute", key=key))
    assert key not in facts(desk.open(path).text), "at once, before it has learnt anew"
    muted = relearn()
    assert muted != before
    assert key not in facts(desk.open(path).text)
    page = desk.open("/moderate/gazette/filter").text
    assert facts(page) == {key: words}
    assert "does not go by this" in notice(desk, desk.send(f"{path}/mute", key="words:no such words"))
    assert "heeds this again" in notice(desk, desk.send("/moderate/gazette/filter/unmute", key=key))
    assert relearn() == before
    with app.app_context():
        assert managing.verify_decisions() == {"gazette": []}


def test_undo_unlearns_exactly(
    app: Flask, site: Site, mona: Moderator, sam: Reader, decide, teach, relearn, clock
) -> None:
    teach()
    before = relearn()
    one = sam.say(SPAM[10])

    def undo(batch: int) -> None:
        clock.advance(minutes=2)
        with app.app_context():
            assert moderating.undo(site, mona, batch, clock()).done == 1

    spam = decide("spam", one)
    after = relearn()
    assert before != after
    clock.advance(minutes=2)
    approved = decide("approve", one)
    assert relearn() not in (before, after)
    undo(approved.batch)
    assert relearn() == after, "the older decision stands again"
    undo(spam.batch)
    assert relearn() == before


def test_only_approve_and_spam_by_moderators_teach(
    app: Flask, site: Site, mona: Moderator, change_site, sam: Reader, desk: Desk, decide, clock: Clock
) -> None:
    decide("reject", sam.say("Rejected."))
    decide("delete", sam.say("Deleted."))
    approved = sam.say("Approved.")
    desk.send(f"/moderate/gazette/comments/{approved}/reply", body="A reply of Mona's.")
    withdrawn = sam.say("Taken back.")
    decide("approve", withdrawn)
    sam.own("DELETE", withdrawn)
    edited = sam.say("As it was when Mona approved it.")
    decide("approve", edited)
    sam.own("PATCH", edited, json={"body": "As nobody has seen it yet."})
    change_site(hold="none")
    sam.say("Approved by itself.")
    spam = decide("spam", sam.say("Marked as spam."), sam.say("And undone."))
    with app.app_context():
        moderating.undo(site, mona, spam.batch, clock())
        teaching.absorb(site)
        with reading() as session:
            lessons = learnt.newest_lessons(session, site, 100)
    texts = {lesson.source: lesson.spam for lesson in lessons}
    assert texts == {"Approved.": False, "As it was when Mona approved it.": False}


def test_it_says_plainly_that_it_knows_too_little(app: Flask, sam: Reader, desk: Desk, teach, relearn) -> None:
    page = desk.open("/moderate/gazette/filter").text
    assert "10 more spam and 10 more good comments must be decided" in page
    one = sam.say("Hello.")
    assert "learnt too little" in desk.open(f"/moderate/gazette/comments/{one}/filter").text
    teach(6)
    relearn()
    assert "4 more spam and 4 more good comments must be decided" in desk.open("/moderate/gazette/filter").text
    assert "first guess" in desk.open(f"/moderate/gazette/comments/{one}/filter").text
    assert verdict_on(app, NEW_SPAM) is None
    teach(10)
    relearn()
    assert verdict_on(app, NEW_SPAM) == Verdict("hold", ("filter",))


def test_settings_bind_at_once_and_are_logged(
    app: Flask, site: Site, desk: Desk, teach, relearn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filtering, "SURE", 0.5)
    teach()
    first = relearn()
    path = "/moderate/gazette/filter/settings"
    assert desk.send(path, rate="0.02", sure="spam").status_code == 303
    assert verdict_on(app, NEW_SPAM) == Verdict("spam", ("filter",))
    assert relearn() != first
    for rate in ("0.5", "nan", "", "many"):
        assert desk.send(path, rate=rate, sure="hold").status_code == 422, rate
    assert desk.send(path, rate="0.02", sure="reject").status_code == 422
    desk.send(path, on="0")
    assert verdict_on(app, NEW_SPAM) is None
    assert "The filter is off" in desk.open("/moderate/gazette/filter").text
    desk.send(path, on="1")
    assert verdict_on(app, NEW_SPAM) is not None
    with app.app_context(), reading() as session:
        acts = session.scalars(select(Decision.act).where(Decision.act.like("filter-%")).order_by(Decision.seq)).all()
    assert list(acts) == ["filter-rate", "filter-sure", "filter-off", "filter-on"]


def test_what_another_process_has_learnt_is_used_with_the_next_comment(
    app: Flask, site: Site, teach, database_url: str, checkout
) -> None:
    teach()
    assert verdict_on(app, NEW_SPAM) is None
    environ = {"DATABASE_URL": database_url, "SECRET_KEY": SECRET, "BASE_URL": BASE_URL}
    ran = subprocess.run(
        [sys.executable, "-m", "commentsvc.cli", "filter", "learn", "--site", "gazette"],
        cwd=checkout, capture_output=True, text=True,
        env=os.environ | {f"COMMENTSVC_{name}": value for name, value in environ.items()},
    )  # fmt: skip
    assert "Learnt anew." in ran.stdout, ran.stderr
    assert "marks comments since" in ran.stdout
    assert verdict_on(app, NEW_SPAM) is not None


def test_one_process_learns_at_a_time_and_none_again_and_again(
    app: Flask, site: Site, sam: Reader, teach, decide, clock: Clock
) -> None:
    teach()
    began, go_on = threading.Event(), threading.Event()

    def slowly(decided: list[Decided], muted: frozenset[str], rate: float) -> Any:
        began.set()
        assert go_on.wait(20)
        return learn(decided, muted, rate)

    def context() -> AbstractContextManager[object]:
        return app.app_context()

    def run() -> None:
        with context():
            done.append(Student(context, clock, slowly).look())

    done: list[int] = []
    first = threading.Thread(target=run)
    first.start()
    assert began.wait(20)
    other = Student(context, clock, learn)
    with context():
        assert other.look() == 0, "the first one is at it"
        decide("spam", sam.say(SPAM[10]))
        go_on.set()
        first.join()
        assert done == [1]
        assert other.look() == 0, "not so soon after"
        clock.advance(minutes=1)
        assert other.look() == 1, "what was decided while the first one learnt"
        sam.say("Something that waits.")
        clock.advance(minutes=1)
        assert [other.look(), other.look()] == [0, 0]


def test_a_process_of_its_own_learns_the_same(app: Flask) -> None:
    decided = [Decided(Sample(text, "Sam", links=("https://a.example/",)), True) for text in SPAM]
    decided += [Decided(Sample(text, email_domain="mail.example"), False) for text in GOOD]
    muted = frozenset({"words:cheap"})
    assert learn_apart(decided, muted, 0.02).to_bytes() == learn(decided, muted, 0.02).to_bytes()


def test_strangers_viewers_and_other_sites_get_nowhere(
    app: Flask, site: Site, omar: Moderator, sam: Reader, desk: Desk, teach, relearn, clock: Clock
) -> None:
    teach()
    relearn()
    comment = sam.say(NEW_SPAM)
    path = f"comments/{comment}/filter"
    key = next(iter(facts(desk.open(f"/moderate/gazette/{path}").text)))
    with app.app_context():
        managing.add_moderator("vera@gazette.example", site.key, clock(), role="viewer", password=PASSWORD)
    vera = desk_of(app, "vera@gazette.example", PASSWORD)
    for page in ("filter", path):
        answer = vera.open(f"/moderate/gazette/{page}")
        assert answer.status_code == 200
        assert "Disagree<" not in answer.text
        assert '<form method="post" action="/moderate/gazette' not in answer.text
    assert vera.send(f"/moderate/gazette/{path}/mute", key=key).status_code == 403
    herald = desk_of(app, "omar@herald.example", PASSWORD, "herald")
    assert herald.open(f"/moderate/herald/{path}").status_code == 404
    assert herald.send(f"/moderate/herald/{path}/mute", key=key).status_code == 404
    with app.app_context(), reading() as session:
        assert learnt.muted_of(session, site) == []

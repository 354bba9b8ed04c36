"""Against abuse: what is suspicious is held with its reason and never refused, and work outweighs it, once."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from commentsvc.database import reading
from commentsvc.models import ids
from commentsvc.models.comment import Comment
from commentsvc.models.decision import Decision
from commentsvc.models.site import Site
from commentsvc.operators.limiting import Act
from commentsvc.operators.limiting import Limiter
from commentsvc.screening import proof
from commentsvc.settings import BadSetting
from tests.conftest import ARTICLE
from tests.conftest import GAZETTE
from tests.conftest import Clock
from tests.conftest import Reader
from tests.rig.plain_browser import PlainBrowser

ON = {"RATE_LIMITS": "on", "POST_LIMIT": "999/minute"}


@pytest.fixture(autouse=True)
def open_site(change_site: Callable) -> Site:
    """Give the Gazette when it holds nothing."""
    return change_site(hold="none")


def judged(app: Flask, comment_id: str) -> tuple[str, list[str]]:
    """Return the state of a comment and the reasons of its first verdict."""
    with app.app_context(), reading() as session:
        number = ids.from_text(comment_id)
        state = session.scalars(select(Comment.state).where(Comment.id == number)).one()
        first = select(Decision.reasons).where(Decision.comment_id == number).order_by(Decision.seq)
        return state, list(session.scalars(first).first() or [])


def opened(reader: Reader, url: str = ARTICLE) -> dict[str, Any]:
    """Return what the widget's form is given."""
    answer = reader.client.get("/api/v1/sites/gazette/form", query_string={"url": url}, headers={"Origin": GAZETTE})
    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Access-Control-Allow-Origin"] == GAZETTE
    assert answer.json is not None
    return answer.json


def solved(form: dict[str, Any]) -> str:
    return proof.solve(proof.Challenge(**form["challenge"]))


def test_haste_is_held_and_work_outweighs_it(make_app: Callable, clock: Clock) -> None:
    app = make_app(**ON)
    rita = Reader(app.test_client(), "Rita")
    form = opened(rita)
    assert judged(app, rita.say("Without a form.")) == ("approved", [])
    assert judged(app, rita.say("At once.", token=form["token"])) == ("pending", ["too-soon"])
    assert judged(app, rita.say("With work.", token=form["token"], proof=solved(form))) == ("approved", [])
    clock.advance(seconds=form["wait"])
    assert judged(app, rita.say("After a while.", token=form["token"])) == ("approved", [])
    # A token of another article, an old one and nonsense are none; nothing is refused for them.
    for token in (opened(rita, GAZETTE + "/other")["token"], "nonsense", "\u00e9.\u00e9"):
        assert judged(app, rita.say(f"With {token}.", token=token)) == ("approved", [])


def test_an_answer_counts_once_in_time_and_for_its_article(make_app: Callable, clock: Clock, open_site: Site) -> None:
    app = make_app(**ON, THREAD_LIMIT="1/day")
    rita = Reader(app.test_client(), "Rita")
    assert not opened(rita)["needed"]
    assert judged(app, rita.say("The first.")) == ("approved", [])
    form, old, elsewhere = opened(rita), opened(rita), opened(rita, GAZETTE + "/other")
    assert form["needed"]
    assert not elsewhere["needed"]
    held = ("pending", ["busy-thread", "no-form"])
    assert judged(app, rita.say("No work.")) == held
    assert judged(app, rita.say("Elsewhere.", proof=solved(elsewhere))) == held
    assert judged(app, rita.say("Work.", proof=solved(form))) == ("approved", [])
    other_process = Reader(make_app(**ON, THREAD_LIMIT="1/day").test_client(), "Rita")
    assert judged(app, other_process.say("The same work.", proof=solved(form))) == held
    clock.advance(minutes=21)
    assert judged(app, rita.say("Too late.", proof=solved(old))) == held


@pytest.mark.parametrize(
    ("limit", "reason"),
    [({"SITE_LIMIT": "1/hour"}, "busy-site"), ({"EMAIL_LIMIT": "1/hour"}, "busy-email"), ({}, "busy-network")],
)
def test_a_crowd_is_held_and_passes(
    make_app: Callable, clock: Clock, monkeypatch: pytest.MonkeyPatch, limit: dict[str, str], reason: str
) -> None:
    monkeypatch.setattr("commentsvc.authors.suspecting.TRIES", "99/hour" if limit else "1/hour")
    app = make_app(**ON, **limit)
    rita = Reader(app.test_client(), "Rita", email="rita@mail.example")
    # What can't be taken at all is not counted.
    assert rita.post("").status_code == 422
    assert judged(app, rita.say("The first."))[0] == "approved"
    answer = rita.post("The second.", url=GAZETTE + "/other")
    assert answer.status_code == 202
    assert judged(app, answer.json["comment"]["id"]) == ("pending", [reason, "no-form"])
    clock.advance(hours=2)
    assert judged(app, rita.say("Later."))[0] == "approved"


def test_sites_ask_for_work_always_or_never(make_app: Callable, change_site: Callable) -> None:
    app = make_app()
    rita = Reader(app.test_client(), "Rita")
    change_site(proof="always")
    form = opened(rita)
    assert form["needed"]
    assert judged(app, rita.say("No work.")) == ("pending", ["no-proof", "no-form"])
    assert judged(app, rita.say("Work.", proof=solved(form))) == ("approved", [])
    change_site(proof="off")
    assert opened(rita)["challenge"] is None
    change_site(proof="always", hold="all")
    assert not opened(rita)["needed"], "it would wait anyway"


def test_a_form_belongs_to_an_article(make_app: Callable) -> None:
    client = make_app(**ON, PREVIEW_LIMIT="2/minute").test_client()
    path = "/api/v1/sites/gazette/form"
    assert client.get(path).status_code == 422
    assert client.get(path, query_string={"url": "nonsense"}).status_code == 422
    assert (
        client.get(path, query_string={"url": ARTICLE}, headers={"Origin": "https://evil.example"}).status_code == 403
    )
    limited = client.get(path, query_string={"url": ARTICLE}, headers={"Origin": GAZETTE})
    assert limited.status_code == 429
    assert int(limited.headers["Retry-After"]) > 0


def test_the_trap_takes_programs_for_spam_and_tells_them_nothing(make_app: Callable, clock: Clock) -> None:
    app = make_app(**ON)
    rita = Reader(app.test_client(), "Rita")
    answer = rita.post("Buy.", subject="Offer")
    assert (answer.status_code, answer.json["comment"]["state"]) == (202, "pending")
    assert judged(app, answer.json["comment"]["id"])[0] == "spam"
    browser = PlainBrowser(app.test_client())
    page = browser.get("/sites/gazette/thread", url=ARTICLE)
    field = page.one("input", id="subject")
    assert any("silent" in outer.attributes.get("class", "") for outer in field.within)
    clock.advance(minutes=1)
    told = browser.send(page, name="Bot", body="Buy more.", subject="Offer")
    assert "awaiting moderation" in browser.follow(told).source
    with app.app_context(), reading() as session:
        assert session.scalars(select(Comment.state)).all() == ["spam", "spam"]


def test_the_plain_form_is_held_where_it_comes_back_at_once(make_app: Callable, clock: Clock) -> None:
    app = make_app(**ON)
    browser = PlainBrowser(app.test_client())
    for words, seconds, state in (("At once.", 1, "pending"), ("After a while.", 3, "approved")):
        page = browser.get("/sites/gazette/thread", url=f"{ARTICLE}/{seconds}")
        clock.advance(seconds=seconds)
        browser.send(page, name="Pia", body=words)
        with app.app_context(), reading() as session:
            assert session.scalars(select(Comment.state).order_by(Comment.id.desc())).first() == state


def test_another_storage_that_is_away_switches_no_limit_off(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    # A port that nobody listens at.
    with app.app_context():
        limiter = Limiter(b"key", True, lambda: 1000.0, "redis://127.0.0.1:9/0")
        assert limiter.has_room(Act("1/hour", "try", ("somebody",)))
        kept = [limiter.tally(Act("1/hour", "try", ("somebody",))) for _ in range(3)]
        assert kept == [[True], [False], [False]]
    assert [record.message.partition(":")[0] for record in caplog.records] == [
        "the storage of limits is away, the database counts in its place"
    ], "said once"


@pytest.mark.parametrize("address", ["nonsense", "async+redis://localhost", "redis://user:secret@localhost:port"])
def test_a_storage_that_can_not_be_used_is_refused_without_its_password(address: str) -> None:
    with pytest.raises(BadSetting, match="COMMENTSVC_LIMIT_STORAGE") as refused:
        Limiter(b"key", True, lambda: 1000.0, address)
    assert "secret" not in str(refused.value)

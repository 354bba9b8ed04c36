"""Acting from a letter: the link shows, a button acts once, and whoever may not is told what to do."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete
from sqlalchemy import func
from sqlalchemy import select
from sqlalchemy import update
from sqlalchemy.orm import Session

from commentsvc.database import reading
from commentsvc.models.comment import Comment
from commentsvc.models.decision import Decision
from commentsvc.models.ids import from_text
from commentsvc.models.ids import to_text
from commentsvc.models.moderator import Membership
from commentsvc.models.moderator import Moderator
from commentsvc.models.one_time import UsedToken
from commentsvc.models.site import Site
from commentsvc.moderators import moderating
from commentsvc.operators.retaining import Janitor
from commentsvc.people import managing
from tests.conftest import Clock
from tests.conftest import Reader
from tests.rig.letters import BASE
from tests.rig.letters import MONA
from tests.rig.letters import Mail
from tests.rig.letters import link_in
from tests.rig.plain_browser import Page
from tests.rig.plain_browser import PlainBrowser
from tests.rig.plain_browser import words_of


class Letter:
    """The letter that Mona got, its page, and what is in the database meanwhile."""

    def __init__(self, mail: Mail, path: str, comments: list[str]) -> None:
        """Take the path of the letter's link, and the comments that wait."""
        self.mail, self.path, self.comments = mail, path, comments
        self.browser = PlainBrowser(mail.app.test_client())

    def open(self) -> Page:
        """Open the link."""
        return self.browser.get(self.path)

    def button(self, act: str, comment: str | None = None) -> str:
        """Return what a button of the page, opened now, sends."""
        found = self.open().all("button", aria_describedby=f"by-{comment or self.comments[0]}")
        return next(one["value"] for one in found if one["value"].startswith(f"{act}:"))

    def undo(self) -> str:
        """Return what the button sends that takes the last decision back."""
        with self.mail.app.app_context(), reading() as session:
            batch = session.scalars(select(Decision.batch).order_by(Decision.id.desc()).limit(1)).one()
        page = self.browser.get(self.path, did=to_text(batch))
        return next(one["value"] for one in page.all("button", name="do") if one["value"].startswith("undo:"))

    def press(self, value: str, comment: str | None = None, path: str | None = None) -> Page:
        """Send what a button sends."""
        sent = {"comment": comment or self.comments[0], "do": value}
        return Page(self.browser.client.post(path or self.path, data=sent))

    def state(self) -> list[tuple[str, str]]:
        """Return the state of each comment and the acts on it, in order."""
        with self.mail.app.app_context(), reading() as session:
            return [
                (
                    session.scalars(select(Comment.state).where(Comment.id == from_text(one))).one(),
                    " ".join(
                        session.scalars(
                            select(Decision.act).where(Decision.comment_id == from_text(one)).order_by(Decision.id)
                        )
                    ),
                )
                for one in self.comments
            ]


@pytest.fixture
def letter(mail: Mail, mona: Moderator, rita: Reader) -> Letter:
    """Give the letter that two comments wait."""
    comments = [rita.say("It *is* old.<script>alert(1)</script>"), rita.say("And there is more.")]
    mail.deliver()
    return Letter(mail, link_in(mail.to(MONA)[0], "act", BASE), comments)


def test_a_moderator_decides_from_a_letter_and_takes_it_back(letter: Letter, mona: Moderator, clock: Clock) -> None:
    page = letter.open()
    assert page.status == 200
    assert "<em>is</em> old" in page.source
    assert page.all("script") == []
    assert words_of(page.all("ul", class_="chips")[0]) == "site holds every comment"
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["X-Robots-Tag"] == "noindex"
    assert page.headers["Referrer-Policy"] == "same-origin"
    assert "script-src" not in page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    before = letter.state()
    for _ in range(5):
        letter.browser.client.head(letter.path)
        letter.open()
    assert letter.state() == before == [("pending", "submit")] * 2

    done = letter.browser.follow(letter.press(letter.button("approve")))
    assert words_of(done.one("p", role="status")) == "Approved: the comment by Rita."
    assert letter.state()[0] == ("approved", "submit approve")
    with letter.mail.app.app_context(), reading() as session:
        made = session.scalars(select(Decision).where(Decision.act == "approve")).one()
        assert (made.actor, made.actor_id) == ("moderator", mona.id)
    undo = letter.undo()
    assert len(done.all("form")) == 2
    undone = letter.browser.follow(letter.press(undo))
    assert words_of(undone.one("p", role="status")) == "Undone: it is as before: the comment by Rita."
    assert letter.state()[0] == ("pending", "submit approve undo")
    # What was approved, taken back, and approved anew is not taken back by the first button again.
    letter.press(letter.button("approve"))
    assert letter.press(undo).status == 410
    assert letter.state()[0][0] == "approved"
    letter.press(letter.button("spam", letter.comments[1]), letter.comments[1])
    assert letter.state()[1][0] == "spam"
    clock.advance(minutes=2)
    assert "Everything is decided." in letter.open().source


def test_a_button_does_what_it_was_made_for_and_nothing_else(letter: Letter, omar: Moderator, clock: Clock) -> None:
    before, (first, second) = letter.state(), letter.comments
    button = letter.button("approve")
    elsewhere = letter.path.replace("gazette", "herald")
    for refused, status, title in (
        (letter.press(button.replace("approve", "spam")), 403, "This button was made for something else"),
        (letter.press(button.replace("approve", "delete")), 403, "This button was made for something else"),
        (letter.press(button.replace("approve", "undo")), 403, "This button was made for something else"),
        (letter.press("approve:é" + button[9:]), 403, "This button was made for something else"),
        (letter.press(button, second), 403, "This button was made for something else"),
        (letter.press(button, "not a comment"), 403, "This button was made for something else"),
        (letter.press(button, first, elsewhere), 404, "This link is not known here"),
        (letter.browser.get(elsewhere), 404, "This link is not known here"),
    ):
        assert (refused.status, words_of(refused.one("h1"))) == (status, title)
        assert refused.link("Go to the desk")
        assert refused.headers["Cache-Control"] == "no-store"
    foreign = {"data": {"comment": first, "do": button}, "headers": {"Origin": "https://evil.example"}}
    assert letter.browser.client.post(letter.path, **foreign).status_code == 403
    clock.advance(hours=1)
    late = letter.press(button)
    assert (late.status, words_of(late.one("h1"))) == (410, "This page was open for a long time")
    assert letter.state() == before


def test_who_may_not_decide_at_the_desk_may_not_by_letter(
    letter: Letter, mail: Mail, rita: Reader, site: Site, mona: Moderator, clock: Clock
) -> None:
    before, button = letter.state(), letter.button("approve")

    def refused(status: int, title: str) -> None:
        for page in (letter.open(), letter.press(button)):
            assert (page.status, words_of(page.one("h1"))) == (status, title)
            assert page.link("Go to the desk") == "/moderate/gazette/queue"
        assert letter.state() == before

    def change(session: Session, kind: type, values: dict[str, Any]) -> None:
        session.execute(update(kind).values(values))

    mail.write(change, Moderator, {"totp_since": clock(), "totp_secret": "sealed"})
    refused(403, "Please sign in to decide")
    rita.say("One more.")
    mail.deliver_later(minutes=10)
    assert "/act/" not in mail.to(MONA)[1].part("plain") + mail.to(MONA)[1].part("html")
    mail.write(change, Moderator, {"totp_since": None, "email": "mona@elsewhere.example"})
    refused(403, "This letter went to another address")
    mail.write(change, Moderator, {"email": MONA})
    mail.write(change, Membership, {"role": "viewer"})
    refused(403, "You look on here, and do not decide")
    mail.write(change, Membership, {"role": "owner"})
    assert letter.open().status == 200
    mail.write(lambda session: session.execute(delete(Membership)))
    refused(403, "This letter is for somebody who has left")
    mail.write(lambda session: session.add(Membership(site_id=site.id, moderator_id=mona.id, role="owner")))
    clock.advance(days=7)
    refused(410, "This letter is too old to act from")


def test_who_comes_second_is_told_by_whom_it_was_decided(
    letter: Letter, app: Flask, site: Site, rita: Reader, clock: Clock
) -> None:
    first, second = letter.comments
    buttons = [letter.button("reject", one) for one in letter.comments]
    with app.app_context():
        ola = managing.add_moderator(
            "ola@gazette.example", site.key, clock(), name="Ola", password="correct horse battery"
        )
        moderating.decide(site, ola.moderator, [from_text(first) or 0], "approve", clock())
    refused = letter.press(buttons[0], first)
    assert refused.status == 409
    assert "Ola approved it." in words_of(refused.one("main"))
    rita.own("PATCH", second, json={"body": "Something else."})
    refused = letter.press(buttons[1], second)
    assert (refused.status, words_of(refused.one("h1"))) == (409, "The text was changed in the meantime")
    rita.own("DELETE", second)
    assert [state for state, _ in letter.state()] == ["approved", "deleted"]


def test_a_button_is_good_once_however_often_and_fast_it_is_pressed(letter: Letter, clock: Clock) -> None:
    button = letter.button("approve")

    def press(_: int) -> int:
        client = letter.mail.app.test_client()
        return client.post(letter.path, data={"comment": letter.comments[0], "do": button}).status_code

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(press, range(4)))
    assert answers == [303, 410, 410, 410]
    assert letter.state()[0] == ("approved", "submit approve")
    assert "This button was used already" in letter.press(button).source
    late = letter.undo()
    clock.advance(seconds=60)
    refused = letter.press(late)
    assert (refused.status, words_of(refused.one("h1"))) == (410, "The minute to undo is over")
    assert letter.state()[0] == ("approved", "submit approve")
    clock.advance(hours=2)
    Janitor(letter.mail.app.app_context, clock).look()
    with letter.mail.app.app_context(), reading() as session:
        assert session.scalar(select(func.count()).select_from(UsedToken)) == 0


def test_guessing_is_slowed_down_and_locks_nobody_out(letter: Letter) -> None:
    guesses = [letter.press(f"approve:{number}").status for number in range(12)]
    assert set(guesses[:10]) == {403}
    assert set(guesses[10:]) == {429}
    assert letter.browser.get("/r/gazette/act/no-such-letter").status == 429
    assert letter.press(letter.button("approve")).status == 303

"""Erasing: a name, an address and a text are in no table, page, file or backup afterwards, and the thread stands."""

import gzip
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import select

from commentsvc.cli import main
from commentsvc.database import reading
from commentsvc.database import transaction
from commentsvc.keeping import Kept
from commentsvc.models.decision import Decision
from commentsvc.models.decision import DecisionNote
from commentsvc.models.ids import from_text
from commentsvc.models.learnt import Lesson
from commentsvc.models.learnt import Muted
from commentsvc.models.moderator import Moderator
from commentsvc.models.notice import Notice
from commentsvc.models.notice import NoticeWords
from commentsvc.models.report import Report
from commentsvc.models.site import Site
from commentsvc.models.subscription import Mailbox
from commentsvc.models.subscription import find_mailbox
from commentsvc.moderators import correcting
from commentsvc.moderators import filtering
from commentsvc.moderators import reviewing
from commentsvc.moderators import teaching
from commentsvc.moving.beside import DECISIONS
from commentsvc.moving.beside import RULES
from commentsvc.moving.beside import SUBSCRIPTIONS
from commentsvc.moving.exporting import archive_of
from commentsvc.operators import upkeep
from commentsvc.page_store import PageStore
from commentsvc.people import managing
from commentsvc.web.service import Service
from tests.conftest import ARTICLE
from tests.conftest import SECRET
from tests.conftest import Clock
from tests.conftest import Reader
from tests.rig.lessons import GOOD
from tests.rig.lessons import SPAM
from tests.rig.owning import Mailboxes
from tests.rig.owning import listed
from tests.rig.owning import receipt
from tests.rig.owning import tables_with
from tests.rig.plain_browser import PlainBrowser
from tests.rig.plain_browser import words_of

RITA = "rita@mail.example"
# Words that nothing else in a database has.
NAME, EMAIL, SITE = "Zyxwora Quennell", "Zyxwora.Quennell@unheard.example", "https://quennell-home.example/"
TEXT = "Xanthophyll marmalade on the old bridge. " + "Xanthophyll everywhere. " * 300
NEEDLES = ("zyxwora", "quennell", "xanthophyll")


@pytest.fixture
def app(make_app: Callable[..., Flask], tmp_path: Path) -> Flask:
    """Give the application, with a mail server that nobody asks for anything here."""
    return make_app(SMTP_URL="smtp://127.0.0.1:1", PAGE_FOLDER=str(tmp_path / "pages"))


@pytest.fixture
def browser(app: Flask) -> PlainBrowser:
    """Give a browser without scripts."""
    return PlainBrowser(app.test_client())


@pytest.fixture
def mail(app: Flask, site: Site, clock: Clock) -> Mailboxes:
    """Give whoever reads the mail of readers."""
    return Mailboxes(app, site, clock)


@pytest.mark.parametrize("door", ["receipt", "link", "operator"])
def test_an_erased_person_is_nowhere_any_more(
    door: str, app: Flask, browser: PlainBrowser, sam: Reader, site: Site, mona: Moderator, mail: Mailboxes,
    decide: Callable, clock: Clock, tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    zyx = Reader(sam.client, NAME, EMAIL)
    if door == "receipt":
        decide("spam", *(sam.say(text) for text in SPAM[:10]))
        decide("approve", *(sam.say(text) for text in GOOD[:9]))
    said = zyx.say(TEXT, notify=True, website=SITE, headers={"Idempotency-Key": "a key of hers, long enough"})
    decide("approve", said)
    reply = sam.say("I see.", parent=said)
    waiting = zyx.say("Xanthophyll, again.", email=EMAIL.lower(), notify=True)
    decide("approve", reply)
    mail.confirm(said, waiting)
    number = from_text(said) or 0
    with app.app_context():
        correcting.correct(site, mona, number, TEXT.replace("old", "new"), 1, clock())
        teaching.relearn(site, clock())
        if door == "receipt":
            keys = [signal.key for signal in filtering.explain(site, number).signals]
            filtering.mute(site, mona, number, next(key for key in keys if "xanthophyii" in key), clock())
            with transaction() as session:
                # Others have said that too.
                session.add(Muted(site_id=site.id, key="words:the oid", words="the words “the old”", at=clock()))
        _write_about(site, number, clock)
    folder = PageStore(tmp_path / "pages")
    pages = (f"/sites/gazette/thread?url={ARTICLE}", "/sites/gazette/feed.atom", "/api/v1/sites/gazette/latest")
    for path in pages:
        body = sam.client.get(path).data
        assert b"anthophyll" in body
        folder.save(Kept(path, [], body, gzip.compress(body), '"t"', (), -1, time.time()))
    key = {"headers": {"Idempotency-Key": "a key of hers, long enough"}}
    assert tables_with(app, NEEDLES) >= {"comment", "revision", "letter", "mailbox", "report", "notice_words"}

    if door == "receipt":
        path = receipt(zyx, said)
        page = browser.get(path + "/erase")
        assert "You have confirmed 2 comments here" in words_of(page.one("form"))
        done = browser.follow(browser.send(page, what="all"))
        assert "This comment was erased" in words_of(done.one("main"))
        assert browser.send(page, what="all").status == 303
    elif door == "link":
        path = mail.link(EMAIL)
        page = browser.get(path + "/erase")
        done = browser.send(page)
        assert "2 comments were erased" in words_of(done.one("main"))
        assert browser.send(page).status == browser.get(path).status == 410
    else:
        monkeypatch.setenv("COMMENTSVC_DATABASE_URL", database_url)
        monkeypatch.setenv("COMMENTSVC_SECRET_KEY", SECRET)
        monkeypatch.setenv("COMMENTSVC_PAGE_FOLDER", str(tmp_path / "pages"))
        words = ["erase", "--site", "gazette", "--email", EMAIL.upper().replace("UNHEARD.EXAMPLE", "unheard.example")]
        asked = CliRunner().invoke(main, words)
        assert "2 comments, with 2 subscriptions" in asked.output and "Nothing was erased yet" in asked.output
        assert "comment" in tables_with(app, NEEDLES)
        assert "Erased: 2 comments." in CliRunner().invoke(main, [*words, "--yes"]).output
        assert "Nothing is kept" in CliRunner().invoke(main, [*words, "--yes"]).output

    assert tables_with(app, NEEDLES) == set()
    _nowhere_in_files(app, site, tmp_path, clock)
    for path in pages:
        body = sam.client.get(path).text.casefold()
        assert not any(word in body for word in NEEDLES)
    # The thread keeps its shape, and what counts is true.
    shown = sam.thread()
    by_id = {one["id"]: one for one in shown["comments"]}
    assert by_id[said]["author"] is None and by_id[reply]["parent"] == said and waiting not in by_id
    assert shown["thread"]["count"] == sum(one["author"] is not None for one in shown["comments"])
    with app.app_context(), reading() as session:
        assert managing.verify_decisions("gazette") == {"gazette": []}
        acts = select(Decision.comment_id).where(Decision.site_id == site.id, Decision.act == "erase")
        assert set(session.scalars(acts)) == {number, from_text(waiting)}
        assert session.get(Lesson, (site.id, number)) is None
        assert [one.key for one in session.scalars(select(Muted))] == ["words:the oid"] * (door == "receipt")
        assert session.scalar(select(Mailbox).where(Mailbox.site_id == site.id)) is None
    # Neither its author, a moderator nor a repeated request brings it back.
    assert zyx.own("PATCH", said, json={"body": "Again."}).status_code == 409
    assert zyx.post(TEXT, notify=True, website=SITE, **key).status_code == 422
    decide("approve", said)
    assert next(one for one in sam.thread()["comments"] if one["id"] == said)["author"] is None
    for page in ("", "/all", "/data"):
        assert browser.get(receipt(zyx, said) + page).status == 200
    assert browser.get(receipt(zyx, said) + "/erase").status == 303


def test_one_comment_is_erased_by_itself_and_the_rest_stays(
    app: Flask, browser: PlainBrowser, rita: Reader, site: Site, mail: Mailboxes
) -> None:
    first, second = rita.say("The first.", notify=True), rita.say("The second.", notify=True)
    stranger = Reader(rita.client, "Nobody", "nobody@mail.example")
    alone = stranger.say("Alone.", notify=True)
    mail.confirm(first, second)
    assert browser.send(browser.get(receipt(rita, first) + "/erase"), what="this").status == 303
    assert listed(browser.get(receipt(rita, second) + "/all")) == ["The second."]
    assert "nothing tells any more" in words_of(browser.get(receipt(rita, first) + "/all").one("main"))
    # Of what carries an address unconfirmed a receipt erases nothing; by mail it can be reached still.
    rita.say("The third.")
    page = browser.get(receipt(rita, second) + "/erase")
    assert browser.send(page, what="all").status == 303
    assert listed(browser.get(mail.link(RITA))) == ["The third."]
    assert browser.get(receipt(rita, second)).status == 200
    # An address that nothing else uses goes with the comment.
    assert browser.send(browser.get(receipt(stranger, alone) + "/erase"), what="this").status == 303
    assert tables_with(app, ("nobody",)) == set()
    with app.app_context(), reading() as session:
        assert find_mailbox(session, site, RITA) is not None


def _write_about(site: Site, number: int, clock: Clock) -> None:
    """Store what others wrote about a comment, and what its author wrote about another one."""
    with transaction() as session:
        decision = session.scalars(select(Decision).filter_by(site_id=site.id, comment_id=number)).first()
        assert decision is not None
        session.add(Report(site_id=site.id, id=7, comment_id=number, revision=1, reporter=b"r" * 32, reason="insult",
                           words="Zyxwora said xanthophyll!", at=clock()))  # fmt: skip
        for each, email in ((8, "sam@mail.example"), (9, EMAIL.lower())):
            at = clock() + timedelta(days=each)
            session.add(Notice(site_id=site.id, id=each, comment_id=number, kind="privacy", at=at))
            session.flush()
            session.add(
                NoticeWords(site_id=site.id, notice_id=each, name="Somebody", email=email, words="About Quennell.")
            )
        session.add(DecisionNote(site_id=site.id, decision_id=decision.id, salt=b"s" * 16, words="Zyxwora wrote it."))


def _nowhere_in_files(app: Flask, site: Site, folder: Path, clock: Clock) -> None:
    service: Service = app.extensions["commentsvc"]
    path = service.settings.sqlite_path
    files = [one for one in (folder / "pages").iterdir() if one.is_file()] if (folder / "pages").exists() else []
    if path is not None:
        files += [one for one in (path, path.with_name(f"{path.name}-wal")) if one.exists()]
        with app.app_context():
            upkeep.backup(service.settings, folder / "backup.db")
        files.append(folder / "backup.db")
    with app.app_context():
        kept = b"".join(archive_of(site, lambda *_: None, (RULES, SUBSCRIPTIONS, DECISIONS))).lower()
        kept += b"".join(reviewing.exported(site, clock())).lower()
    assert b"erase" in kept and not any(word.encode() in kept for word in NEEDLES)
    for file in files:
        held = file.read_bytes().lower()
        assert not any(word.encode() in held for word in NEEDLES), file

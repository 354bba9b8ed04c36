"""What authors do with their own data: whoever proves a mailbox sees and takes along what is theirs alone."""

import json
from collections.abc import Callable

import pytest
from flask import Flask

from commentsvc.authors import own_data
from commentsvc.database import transaction
from commentsvc.models.comment import Comment
from commentsvc.models.ids import from_text
from commentsvc.models.moderator import Moderator
from commentsvc.models.site import Site
from commentsvc.moderators import correcting
from commentsvc.people import managing
from tests.conftest import ARTICLE
from tests.conftest import Clock
from tests.conftest import Reader
from tests.rig.owning import Mailboxes
from tests.rig.owning import listed
from tests.rig.owning import receipt
from tests.rig.owning import rows_of
from tests.rig.plain_browser import PlainBrowser
from tests.rig.plain_browser import words_of

RITA = "rita@mail.example"


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    """Give the application, with a mail server that nobody asks for anything here."""
    return make_app(SMTP_URL="smtp://127.0.0.1:1")


@pytest.fixture
def browser(app: Flask) -> PlainBrowser:
    """Give a browser without scripts."""
    return PlainBrowser(app.test_client())


@pytest.fixture
def mail(app: Flask, site: Site, clock: Clock) -> Mailboxes:
    """Give whoever reads the mail of readers."""
    return Mailboxes(app, site, clock)


def test_a_receipt_opens_only_what_the_owner_of_its_mailbox_has_confirmed(
    browser: PlainBrowser, rita: Reader, mail: Mailboxes, clock: Clock
) -> None:
    first = rita.say("The first.", notify=True)
    mail.confirm(first)
    clock.advance(minutes=1)
    second = rita.say("The second.", notify=True, receipts=[rita.receipts[first]])
    unasked = rita.say("Without letters.")
    mallory = Reader(rita.client, "Mallory", RITA.upper().replace("MAIL.EXAMPLE", "mail.example"))
    theirs = mallory.say("Not by her.", notify=True)

    page = browser.get(receipt(rita, first) + "/all")
    assert listed(page) == ["The second.", "The first."]
    assert page.all("a")[1]["href"] == receipt(rita, second)
    assert page.headers["Cache-Control"] == "no-store" and page.headers["X-Robots-Tag"] == "noindex"
    # Who typed her address sees nothing of hers, nor does she see by this door what carries her address.
    for reader, comment in ((mallory, theirs), (rita, unasked)):
        page = browser.get(receipt(reader, comment) + "/all")
        assert "Nobody has confirmed yet" in words_of(page.one("main"))
        assert listed(page) == []
        taken = browser.get(receipt(reader, comment) + "/all/data").source
        assert [one["id"] for one in json.loads(taken)["comments"]] == [comment]
        assert "mailbox" not in json.loads(taken)
        assert "all" not in [
            one.attributes["value"] for one in browser.get(receipt(reader, comment) + "/erase").all("button")
        ]
    # By mail she is shown whatever carries it.
    assert listed(browser.get(mail.link(RITA))) == ["Not by her.", "Without letters.", "The second.", "The first."]
    # Whoever claims all of them by the receipt of one gets that one alone.
    page = browser.get(receipt(mallory, theirs) + "/erase")
    assert browser.send(page, what="all").status == 303
    assert listed(browser.get(receipt(rita, first) + "/all")) == ["The second.", "The first."]


def test_many_comments_come_in_pages(
    browser: PlainBrowser, rita: Reader, mail: Mailboxes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_data, "PAGE", 2)
    ids = [rita.say(f"Number {number}.", notify=True) for number in range(5)]
    mail.confirm(*ids)
    for address in (mail.link(RITA), receipt(rita, ids[0]) + "/all"):
        page, seen = browser.get(address), []
        for _ in range(2):
            seen += listed(page)
            page = browser.get(page.link("Show earlier comments"))
        assert seen + listed(page) == [f"Number {number}." for number in (4, 3, 2, 1, 0)]
        assert "5 comments" in words_of(page.one("main"))
        assert listed(browser.get(page.link("Back to the newest"))) == ["Number 4.", "Number 3."]


def test_the_file_holds_all_texts_and_no_secret_of_the_moderators(
    app: Flask, browser: PlainBrowser, rita: Reader, site: Site, mona: Moderator, mail: Mailboxes, decide: Callable,
    clock: Clock,
) -> None:  # fmt: skip
    said = rita.say("It *was* old.", notify=True, website="https://rita.example/")
    mail.confirm(said)
    assert rita.own("PATCH", said, json={"body": "It *is* old."}).status_code == 200
    with app.app_context():
        correcting.correct(site, mona, from_text(said) or 0, "It is older.", 2, clock())
    spam = rita.say("Cheap watches.")
    with app.app_context(), transaction() as session:
        # By a rule: nobody is told so.
        session.get_one(Comment, (site.id, from_text(spam))).state = "spam"

    answer = browser.client.get(receipt(rita, said) + "/data")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="gazette-my-comments-2026-03-14.json"'
    assert answer.headers["Cache-Control"] == "no-store" and answer.headers["X-Content-Type-Options"] == "nosniff"
    one = answer.json["comments"][0] if answer.json else {}
    assert [each["body"] for each in one["revisions"]] == ["It *was* old.", "It *is* old.", "It is older."]
    assert (one["name"], one["email"], one["website"]) == ("Rita", RITA, "https://rita.example/")
    assert one["network"]["kept"] == "127.0.0.0/24" and one["article"]["url"] == ARTICLE
    assert mona.email not in answer.text and mona.name not in answer.text
    whole = json.loads(browser.get(mail.link(RITA) + "/data").source)
    assert [each["state"] for each in whole["comments"]] == ["pending", "pending"]
    assert whole["mailbox"]["email"] == RITA and whole["subscriptions"][0]["comment"] == said
    assert [each["kind"] for each in whole["letters"]] == ["confirm"]


def test_looking_changes_nothing_and_only_our_own_page_erases(
    app: Flask, browser: PlainBrowser, rita: Reader, mail: Mailboxes
) -> None:
    said = rita.say("It is old.", notify=True)
    other = rita.say("It is not.", notify=True)
    mail.confirm(said)
    mine, by_mail = receipt(rita, said), mail.link(RITA)
    paths = [mine + "/all", mine + "/data", mine + "/all/data", mine + "/erase"]
    paths += [by_mail, by_mail + "/data", by_mail + "/erase", "/sites/gazette/recover", "/sites/gazette/recover/sent"]
    before = rows_of(app)
    client = app.test_client()
    for path in paths:
        answer = client.get(path)
        assert answer.status_code == client.head(path).status_code == 200, path
        assert "<script" not in answer.text and "Set-Cookie" not in answer.headers
    foreign = {"Origin": "https://evil.example"}
    for path in (mine + "/erase", by_mail + "/erase"):
        assert client.post(path, data={"what": "all"}).status_code == 403
        assert browser.send(browser.get(path), foreign, what="all").status == 403
        # The form of another comment, or of another page, is none of this one.
        for elsewhere in (receipt(rita, other) + "/erase", mine + "/delete"):
            token = browser.get(elsewhere).values()["csrf_token"]
            assert client.post(path, data={"csrf_token": token, "what": "all"}).status_code == 403
    assert rows_of(app) == before


def test_secrets_are_good_for_one_comment_on_one_site_and_a_link_for_a_day(
    app: Flask, browser: PlainBrowser, rita: Reader, mail: Mailboxes, clock: Clock
) -> None:
    with app.app_context():
        managing.add_site("herald", {"origins": ["https://herald.example"]}, clock())
    said = rita.say("It is old.", notify=True)
    mail.confirm(said)
    secret, by_mail = rita.receipts[said], mail.link(RITA)
    mark = by_mail.rpartition("/")[2]
    date, _, mac = mark.partition("-")
    forged = [
        f"/r/gazette/mine/{one}" for one in ("nothing", secret, f"{int(date, 16) + 9:x}-{mac}", f"0{mark}", "-1-x")
    ]
    forged += [f"/r/herald/mine/{mark}", f"/r/gazette/mailbox/{mac}", f"/r/gazette/confirm/{mac}"]
    for path in forged:
        assert browser.get(path).status == 410, path
    for path in (f"/r/herald/{secret}", f"/r/gazette/{mac}", f"/r/gazette/{mark}", f"/r/gazette/{secret[:-2]}AA"):
        for page in ("all", "data", "all/data", "erase"):
            found = browser.get(f"{path}/{page}")
            assert found.status in (403, 404) and "It is old." not in found.source, path
    assert "recover" in browser.get(f"/r/gazette/{mac}/all").link("Get the links to your comments by mail")
    page = browser.get(by_mail + "/erase")
    clock.advance(hours=23, minutes=59)
    assert browser.get(by_mail).status == 200
    clock.advance(minutes=1)
    for path in (by_mail, by_mail + "/data", by_mail + "/erase"):
        assert browser.get(path).status == 410
    assert browser.send(page).status in (403, 410)
    assert listed(browser.get(receipt(rita, said) + "/all")) == ["It is old."]

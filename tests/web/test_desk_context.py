"""A comment on its own page: its surroundings, its history with undo, and its text edited by a moderator."""

import re
from collections.abc import Callable
from html import unescape

import pytest
from flask import Flask

from commentsvc.models.moderator import Moderator
from commentsvc.models.site import Site
from commentsvc.people import managing
from tests.conftest import PASSWORD
from tests.conftest import Clock
from tests.conftest import Reader
from tests.rig.desk import Desk
from tests.rig.desk import desk_of
from tests.rig.desk import notice

MONA = "mona@gazette.example"


@pytest.fixture
def desk(app: Flask, mona: Moderator) -> Desk:
    return desk_of(app, MONA, PASSWORD)


@pytest.fixture
def second(app: Flask, site: Site, clock: Clock) -> Desk:
    """Give another moderator of the Gazette."""
    with app.app_context():
        managing.add_moderator("nora@gazette.example", site.key, clock(), name="Nora", password=PASSWORD)
    return desk_of(app, "nora@gazette.example", PASSWORD)


def path(comment: str) -> str:
    return f"/moderate/gazette/comments/{comment}"


def history(desk: Desk, comment: str) -> list[str]:
    """Return the lines of a comment's history, newest first, without times."""
    page = desk.open(path(comment)).text
    part = page[page.index('id="history-title"') : page.index('id="texts-title"')]
    found = re.findall(r"<p><bdi>(.*?)</bdi>(?: <span class=\"chip\">(.*?)</span>)?", part)
    return [unescape(f"{words}: {change}" if change else words) for words, change in found]


def undo_past(desk: Desk, comment: str) -> str:
    """Press Undo in the history and return the notice."""
    page = desk.open(path(comment)).text
    forms = re.findall(r'action="(/moderate/gazette/decisions/\w+/undo)"', page)
    assert len(forms) == 1, forms
    answer = desk.send(forms[0], closely=comment)
    assert answer.headers["Location"].startswith(path(comment))
    return notice(desk, answer)


def test_a_comment_is_seen_in_its_context(desk: Desk, rita: Reader, sam: Reader, decide: Callable) -> None:
    first = sam.say("The bridge was wooden once.")
    decide("approve", first)
    others = [rita.say(f"Number {n}.") for n in range(3)]
    decide("approve", others[0])
    decide("spam", others[1])
    comment = rita.say("Number  0!", parent=first, name="Rita Two")
    page = desk.open(path(comment)).text
    for words in (
        f'<a href="{path(first)}"><bdi>Sam</bdi></a>: “<bdi>The bridge was wooden once.</bdi>”',
        f'<a href="/moderate/gazette/queue?like=email-{comment}">1 waiting</a>',
        f'<a href="/moderate/gazette/approved?like=email-{comment}">1 approved</a>',
        f'<a href="/moderate/gazette/spam?like=email-{comment}">1 spam</a>',
        # The same text, folded.
        f'<a href="/moderate/gazette/approved?like=text-{comment}">1 approved</a>',
        "Because: site holds every comment",
        "<strong>1.</strong> by <bdi>Rita Two</bdi>",
    ):
        assert words in page, words
    # All come from one network, under two other names.
    assert "under 2 other names" in page
    assert "rita@mail.example" not in page
    assert desk.open(path("nonsense")).status_code == 404


def test_a_decision_on_its_page_stays_there(desk: Desk, rita: Reader) -> None:
    comment = rita.say()
    answer = desk.send("/moderate/gazette/decide", one=f"spam:{comment}", list="queue", closely=comment)
    assert answer.headers["Location"].startswith(path(comment) + "?list=queue&did=spam")
    assert notice(desk, answer) == "Marked 1 comment as spam."
    page = desk.client.get(answer.headers["Location"]).text
    assert f'name="closely" value="{comment}"' in page
    assert 'class="do do-spam"' not in page


def test_the_history_tells_all_and_takes_back_step_by_step(
    app: Flask, desk: Desk, second: Desk, rita: Reader, clock: Clock
) -> None:
    comment = rita.say()
    assert "/undo" not in re.sub(r"gazette/undo", "", desk.open(path(comment)).text)
    for who, act in ((desk, "approve"), (second, "spam")):
        clock.advance(minutes=5)
        who.decide(act, comment, seen_in="queue" if act == "approve" else "approved")
    assert history(desk, comment) == [
        "Nora marked it as spam: Approved → Spam", "Mona Lind approved it: Pending → Approved",
        "Its author wrote it: Pending",
    ]  # fmt: skip
    # Also what another has decided, and long after.
    clock.advance(days=40)
    desk.sign_in(MONA, PASSWORD)
    second.sign_in("nora@gazette.example", PASSWORD)
    assert undo_past(desk, comment) == "Undone: 1 comment as before."
    assert desk.list("approved") == [comment]
    assert history(desk, comment)[0] == "Mona Lind took a decision back: Spam → Approved"
    # Undone once more, it is spam again: nothing is lost.
    assert undo_past(second, comment) == "Undone: 1 comment as before."
    assert second.list("spam") == [comment]
    with app.app_context():
        assert managing.verify_decisions()["gazette"] == []


def test_an_old_undo_changes_nothing(desk: Desk, second: Desk, rita: Reader, omar: Moderator) -> None:
    comment = rita.say()
    desk.decide("approve", comment)
    stale = re.findall(r'action="(\S+/decisions/\w+/undo)"', desk.open(path(comment)).text)[0]
    second.decide("spam", comment, seen_in="approved")
    words = "1 comment was decided by Nora in the meantime, and it was left as it is."
    assert notice(desk, desk.send(stale, closely=comment)) == words
    assert desk.list("spam") == [comment]
    for wrong in ("nonsense", comment):
        assert desk.send(f"/moderate/gazette/decisions/{wrong}/undo").status_code == 404
    rita.own("DELETE", comment)
    assert "/decisions/" not in desk.open(path(comment)).text


def test_an_authors_own_acts_are_not_undone(app: Flask, desk: Desk, rita: Reader) -> None:
    comment = rita.say("Old.")
    desk.decide("approve", comment)
    rita.own("PATCH", comment, json={"body": "New."})
    page = desk.open(path(comment)).text
    assert "/decisions/" not in page
    assert history(desk, comment)[0] == "Its author edited it: the new text waits"
    assert "waits</span>" in page


def test_a_moderator_edits_and_the_original_is_kept(app: Flask, desk: Desk, rita: Reader, clock: Clock) -> None:
    comment = rita.say("Call me at 555-0100, *please*.")
    desk.decide("approve", comment)
    page = desk.open(f"{path(comment)}/edit").text
    assert "Call me at 555-0100, *please*.</textarea>" in page
    clock.advance(minutes=2)
    answer = desk.send(f"{path(comment)}/edit", revision="1", body="Call me, *please*.")
    assert notice(desk, answer) == "Edited 1 comment. What its author wrote is kept."
    assert rita.bodies() == ['<p dir="auto">Call me, <em>please</em>.</p>']
    page = desk.open(path(comment)).text
    assert "555-0100" in page
    assert "<strong>2.</strong> by <bdi>Mona Lind</bdi>" in page
    assert history(desk, comment)[0] == "Mona Lind edited it"
    assert notice(desk, desk.undo(answer)) == "Undone: 1 comment as before."
    assert rita.bodies() == ['<p dir="auto">Call me at 555-0100, <em>please</em>.</p>']
    # From the history, too.
    desk.send(f"{path(comment)}/edit", revision="1", body="Third.")
    assert undo_past(desk, comment) == "Undone: 1 comment as before."
    assert "555-0100" in (rita.bodies()[0] or "")
    assert rita.thread()["thread"]["count"] == 1
    with app.app_context():
        assert managing.verify_decisions()["gazette"] == []


def test_an_edited_comment_still_waits_and_says_why(desk: Desk, rita: Reader) -> None:
    comment = rita.say("First.")
    desk.send(f"{path(comment)}/edit", revision="1", body="Better.")
    assert desk.list() == [comment]
    page = desk.open("/moderate/gazette/queue").text
    assert "Better." in page
    assert "site holds every comment" in page
    # What another moderator saw is no longer what there is.
    answer = desk.decide("approve", comment, seen=f"{comment}-1")
    assert notice(desk, answer) == "1 comment should be looked at again: its text was changed in the meantime."


def test_what_a_moderator_wrote_settles_a_waiting_edit(desk: Desk, rita: Reader) -> None:
    comment = rita.say("Old.")
    desk.decide("approve", comment)
    rita.own("PATCH", comment, json={"body": "New."})
    answer = desk.send(f"{path(comment)}/edit", revision="2", body="Newer.")
    assert (rita.bodies(), desk.list()) == (['<p dir="auto">Newer.</p>'], [])
    desk.undo(answer)
    assert (rita.bodies(), desk.list()) == (['<p dir="auto">Old.</p>'], [comment])


def test_an_author_does_not_undo_a_moderators_edit_by_themselves(
    desk: Desk, rita: Reader, change_site: Callable[..., None]
) -> None:
    change_site(hold="none")
    comment = rita.say("Call me at 555-0100.")
    desk.send(f"{path(comment)}/edit", revision="1", body="Call me.")
    assert rita.own("PATCH", comment, json={"body": "No, call me at 555-0100."}).status_code == 200
    assert (rita.bodies(), desk.list()) == (['<p dir="auto">Call me.</p>'], [comment])
    assert "replaces a text that a moderator edited" in desk.open(path(comment)).text


@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [
        ({"revision": "1", "body": " "}, 422, "Please write a comment."),
        ({"revision": "1", "body": "x" * 10_001}, 422, "at most 10,000 characters"),
        ({"revision": "1", "body": "[a]: https://a.example"}, 422, "Delete the comment instead."),
        ({"revision": "7", "body": "Mine."}, 409, "changed in the meantime"),
        ({"revision": "²", "body": "Mine."}, 409, "changed in the meantime"),
        ({"body": "Mine."}, 409, "changed in the meantime"),
        ({"revision": "1", "body": "First."}, 303, ""),
        ({"revision": "1", "body": "Mine.", "csrf_token": "forged"}, 400, "Nothing was changed."),
    ],
)
def test_an_edit_that_cannot_be_taken_loses_nothing(
    desk: Desk, rita: Reader, fields: dict[str, str], status: int, words: str
) -> None:
    comment = rita.say("First.")
    answer = desk.send(f"{path(comment)}/edit", **fields)
    assert answer.status_code == status
    assert words in answer.text
    if status != 303 and fields["body"].strip():
        assert f"{fields['body']}</textarea>" in answer.text
    assert len(history(desk, comment)) == 1


def test_a_comment_that_was_taken_back_is_not_edited(desk: Desk, rita: Reader) -> None:
    comment = rita.say("First.")
    rita.own("DELETE", comment)
    assert desk.send(f"{path(comment)}/edit", revision="1", body="Mine.").status_code == 409


def test_a_reply_sent_twice_is_published_once(desk: Desk, rita: Reader) -> None:
    comment = rita.say()
    for _ in range(2):
        answer = desk.send(f"{path(comment)}/reply", body="Thank you.")
        assert notice(desk, answer) == "Your reply is published."
    assert rita.thread()["thread"]["count"] == 2

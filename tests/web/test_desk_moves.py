"""At the desk: a site that moved, for its owners alone; threads that look like one article, for all who decide."""

import re
from collections.abc import Callable

import pytest
from flask import Flask

from commentsvc.models.moderator import Moderator
from commentsvc.people import managing
from commentsvc.web.desk import moves
from tests.conftest import GAZETTE
from tests.conftest import PASSWORD
from tests.conftest import Clock
from tests.conftest import Reader
from tests.rig.desk import Desk
from tests.rig.desk import desk_of
from tests.rig.desk import notice
from tests.rig.moved import faults
from tests.rig.moved import standing
from tests.rig.talking import shape
from tests.rig.talking import talk
from tests.rig.talking import thread_of

OLD = f"{GAZETTE}/blog"
NEW = "https://new.example"
PAGE = "/moderate/gazette/moves"
DOUBLES = "/moderate/gazette/threads/doubles"


@pytest.fixture
def owner(app: Flask, mona: Moderator, clock: Clock) -> Desk:
    with app.app_context():
        managing.add_moderator("olga@gazette.example", "gazette", clock(), role="owner", password=PASSWORD)
    return desk_of(app, "olga@gazette.example", PASSWORD)


@pytest.fixture
def desk(app: Flask, mona: Moderator) -> Desk:
    return desk_of(app, "mona@gazette.example", PASSWORD)


@pytest.fixture
def rita(rita: Reader, change_site: Callable, clock: Clock) -> Reader:
    """Give a reader whose comments are published at once, with a conversation under each of some addresses."""
    change_site(hold="none", origins=[GAZETTE, "http://gazette.example"])
    talk(rita, clock, "a", "answer", url=f"{OLD}/a?list[]=1", title="Bridges")
    talk(rita, clock, "b", url=f"{OLD}/b", title=None)
    return rita


def test_an_owner_moves_the_site_and_takes_it_back(app: Flask, owner: Desk, rita: Reader) -> None:
    before = standing(app)
    assert "Moved site" in owner.open("/moderate/gazette/queue").text
    plan = owner.open(PAGE, old=OLD, new=NEW).text
    for words in ("2 threads", "3 comments", f"<bdi>{OLD}/b</bdi>", f"<bdi>{NEW}/b</bdi>", f"Add <bdi>{NEW}</bdi>"):
        assert words in plan, words
    assert standing(app) == before
    refused = owner.send(PAGE, old=OLD, new=NEW)
    assert refused.status_code == 422 and "none of the site&#39;s origins" in refused.text
    wrong = owner.open(PAGE, old="<b>", new="").text
    assert "aria-invalid" in wrong and 'value="&lt;b&gt;"' in wrong
    assert standing(app) == before

    done = owner.send(PAGE, old=OLD, new=NEW, add_origin="on")
    assert notice(owner, done).startswith("Moved. Undo")
    assert [shape(rita, f"{start}/a?list[]=1") for start in (OLD, NEW)] == [[("a", 0), ("answer", 1)]] * 2
    assert notice(owner, owner.send(PAGE, old=OLD, new=NEW)) == "Nothing was left to move."
    log = owner.open("/moderate/gazette/log").text
    assert "moved the site&#39;s addresses" in log and "a new address" in log
    undo = re.search(rf'action="({PAGE}/sites/\w+/undo)"', owner.open(PAGE).text)
    assert undo
    assert notice(owner, owner.send(undo[1])).startswith("Undone")
    assert standing(app) == before and faults(app) == {}
    assert undo[1] not in owner.open(PAGE).text


def test_a_large_site_goes_in_portions(app: Flask, owner: Desk, rita: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moves, "AT_ONCE", 1)
    before = standing(app)
    assert "A part" in notice(owner, owner.send(PAGE, old=OLD, new=NEW, add_origin="on"))
    assert "Go on<" in owner.open(PAGE).text
    while "A part" in notice(owner, owner.send(PAGE, old=OLD, new=NEW)):
        pass
    undo = re.search(rf'action="({PAGE}/sites/\w+/undo)"', owner.open(PAGE).text)
    assert undo and "Go on<" not in owner.open(PAGE).text
    while "A part" in notice(owner, owner.send(undo[1])):
        assert "Go on undoing" in owner.open(PAGE).text
    assert standing(app) == before


def test_the_site_is_moved_by_its_owners_alone(app: Flask, desk: Desk, owner: Desk, rita: Reader) -> None:
    before = standing(app)
    assert "Moved site" not in desk.open("/moderate/gazette/queue").text
    assert desk.open(PAGE).status_code == 403
    assert desk.send(PAGE, old=OLD, new=NEW, add_origin="on").status_code == 403
    assert desk.send(f"{PAGE}/sites/0000000000000/undo").status_code == 403
    assert owner.send(f"{PAGE}/sites/0000000000000/undo").status_code == 404
    for path in (PAGE, f"{DOUBLES}/join"):
        assert owner.client.post(path, data={"old": OLD, "new": NEW, "add_origin": "on"}).status_code == 400
    assert standing(app) == before


def test_doubles_are_joined_taken_apart_and_told_apart(app: Flask, desk: Desk, rita: Reader, clock: Clock) -> None:
    talk(rita, clock, "as escaped", url=f"{OLD}/a?list%5B%5D=1", title="Bridges")
    rita.origin = "http://gazette.example"
    talk(rita, clock, "as http", "more", "yet more", url="http://gazette.example/blog/a?list[]=1", title="Bridges")
    before = standing(app)
    assert 'href="/moderate/gazette/threads/doubles"' in desk.open("/moderate/gazette/threads").text
    page = desk.open(DOUBLES).text
    for words in ("1 group.", "Surely the same", "http and https", "characters written plainly and escaped"):
        assert words in page, words
    assert "Joined, the thread has <strong>6 comments (6 approved)</strong>" in page
    ids = re.findall(r'name="thread" value="(\w+)"', page)
    assert ids[0] == thread_of(rita, f"{OLD}/a?list[]=1") and len(ids) == 3
    assert desk.send(f"{DOUBLES}/join", thread=ids[:1], keep=ids[0]).status_code == 422
    assert desk.send(f"{DOUBLES}/join", thread=ids[:2], keep=ids[2]).status_code == 422
    assert desk.send(f"{DOUBLES}/join", thread=[*ids, "0000000000000"], keep=ids[0]).status_code == 404
    assert standing(app) == before

    assert notice(desk, desk.send(f"{DOUBLES}/join", thread=ids, keep=ids[0])).startswith("Joined.")
    whole = {"a", "answer", "as escaped", "as http", "more", "yet more"}
    for url in (f"{OLD}/a?list[]=1", f"{OLD}/a?list%5B%5D=1", "http://gazette.example/blog/a?list[]=1"):
        assert {text for text, _ in shape(rita, url)} == whole
    assert faults(app) == {}
    assert desk.send(f"{DOUBLES}/join", thread=ids, keep=ids[0]).status_code == 409
    page = desk.open(DOUBLES).text
    assert "No two threads look like one article" in page and "2 threads with 4 comments" in page
    undo = re.search(rf'action="({DOUBLES}/\w+/undo)"', page)
    assert undo
    assert notice(desk, desk.send(undo[1])).startswith("Undone")
    assert standing(app) == before and faults(app) == {}

    assert notice(desk, desk.send(f"{DOUBLES}/apart", all=ids)).startswith("Remembered")
    page = desk.open(DOUBLES).text
    assert "No two threads" in page and "One group was said not to be the same" in page
    assert "again" in notice(desk, desk.send(f"{DOUBLES}/again"))
    assert "1 group." in desk.open(DOUBLES).text

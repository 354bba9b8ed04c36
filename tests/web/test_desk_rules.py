"""The desk's page of rules: setting one up, its rehearsal, their order, WordPress's lists, and who may do it."""

import re
from collections.abc import Callable

import pytest
from flask import Flask

from commentsvc.models import ids
from commentsvc.models.decision import OPERATOR
from commentsvc.models.moderator import Moderator
from commentsvc.models.site import Site
from commentsvc.moderators import ruling
from commentsvc.people import managing
from tests.conftest import PASSWORD
from tests.conftest import Clock
from tests.conftest import Reader
from tests.rig.desk import Desk
from tests.rig.desk import desk_of
from tests.rig.desk import notice

RULES = "/moderate/gazette/rules"
NEW = f"{RULES}/new"
WORDS = {"kind": "words", "words": "casino\r\npoker", "where": "text", "action": "hold", "reason": "gambling"}


@pytest.fixture
def desk(app: Flask, mona: Moderator) -> Desk:
    """Give Mona's browser."""
    return desk_of(app, "mona@gazette.example", PASSWORD)


def listed(desk: Desk) -> list[str]:
    """Return the reasons of the rules in their order."""
    return re.findall(r'<p class="author"><bdi>([^<]*)</bdi>', desk.open(RULES).text)


def addresses(desk: Desk) -> list[str]:
    """Return the addresses of the rules in their order."""
    return re.findall(rf'href="({RULES}/\w{{13}})"', desk.open(RULES).text)


def test_a_rule_is_set_up_rehearsed_and_then_works(
    desk: Desk, rita: Reader, decide: Callable, change_site: Callable
) -> None:
    said = {words: rita.say(words) for words in ("The casino burnt.", "Poker, now!", "Buy pills.", "Well said.")}
    decide("approve", said["The casino burnt."], said["Well said."])
    decide("spam", said["Poker, now!"], said["Buy pills."])
    change_site(hold="none")
    assert 'name="words"' in desk.open(NEW, kind="words").text
    page = desk.send(NEW, act="rehearse", is_on="on", **WORDS)
    assert page.status_code == 200
    for words in (
        "Of the last 4 comments decided by a moderator, this rule would have held 2, of which you approved 1.",
        "It would have missed 1 that you found to be spam or rejected.",
        "<bdi>The casino burnt.</bdi>",
        "casino\r\npoker</textarea>",
    ):
        assert words in page.text, words
    assert listed(desk) == [], "a rehearsal changes nothing"
    assert rita.post("casino").status_code == 201
    assert notice(desk, desk.send(NEW, act="save", is_on="on", **WORDS)) == "The rule is saved."
    assert rita.post("casino!").status_code == 202
    queue = desk.open("/moderate/gazette/queue").text
    assert ">gambling<" in queue


def test_a_rule_that_is_gone_leaves_its_reason(desk: Desk, rita: Reader, change_site: Callable) -> None:
    change_site(hold="none")
    desk.send(NEW, act="save", is_on="on", **WORDS)
    rita.say("casino")
    rule = addresses(desk)[0]
    assert notice(desk, desk.send(f"{rule}/delete")) == "The rule is deleted."
    assert listed(desk) == []
    assert desk.open(rule).status_code == 404
    assert ">gambling<" in desk.open("/moderate/gazette/queue").text
    assert rita.post("casino").status_code == 201


def test_order_switch_and_change(desk: Desk, rita: Reader, change_site: Callable) -> None:
    change_site(hold="none")
    for reason in ("one", "two", "three"):
        desk.send(NEW, act="save", is_on="on", **(WORDS | {"reason": reason}))
    first, _, third = addresses(desk)
    desk.send(f"{third}/up")
    desk.send(f"{first}/down")
    assert listed(desk) == ["three", "one", "two"]
    desk.send(f"{third}/up")
    assert listed(desk) == ["three", "one", "two"], "the first stays the first"
    for rule in addresses(desk):
        desk.send(f"{rule}/off")
    assert rita.post("casino").status_code == 201
    desk.send(f"{third}/on")
    assert rita.post("casino").status_code == 202
    assert "casino\npoker</textarea>" in desk.open(third).text
    desk.send(third, act="save", is_on="on", **(WORDS | {"words": "baccarat"}))
    assert [rita.post(words).status_code for words in ("casino", "baccarat")] == [201, 202]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"words": "  "}, "Please give at least one line."),
        ({"words": "x" * 201}, "Line 1 has more than 200 characters."),
        ({"where": "behind"}, "Please choose one of these."),
        ({"action": "explode"}, "A rule holds a comment, marks it as spam, or rejects it."),
        ({"kind": "links", "at_least": "-1"}, "Please give a number from 1 to 100."),
        ({"kind": "network", "networks": "here"}, "“here” is neither an address nor a network."),
    ],
)
def test_what_cannot_be_a_rule_comes_again_as_typed(desk: Desk, fields: dict[str, str], sentence: str) -> None:
    for act in ("save", "rehearse"):
        page = desk.send(NEW, act=act, **(WORDS | fields))
        assert page.status_code == 422
        assert re.search(rf'role="alert"[^>]*>{re.escape(sentence)}<', page.text)
        assert 'value="gambling"' in page.text
    assert listed(desk) == []


def test_wordpress_lists_of_60_000_lines(desk: Desk, rita: Reader, change_site: Callable) -> None:
    change_site(hold="none")
    path = f"{RULES}/wordpress"
    assert desk.send(path, moderation_keys=" ", disallowed_keys="").status_code == 422
    assert "y" * 201 in desk.send(path, moderation_keys="y" * 201).text, "what was pasted is not lost"
    long = "\r\n".join(f"key-{number:05}-казино" for number in range(60_000))
    assert desk.send(path, moderation_keys="press", disallowed_keys=long).status_code == 303
    assert listed(desk) == ["a moderation key of WordPress", "a disallowed key of WordPress"]
    assert "key-00000-казино, key-00001-казино, key-00002-казино and 59,997 more" in desk.open(RULES).text
    assert rita.post("WordPress").status_code == 202


def test_a_stale_form_loses_nothing(desk: Desk) -> None:
    page = desk.client.post(NEW, data=WORDS | {"act": "save", "csrf_token": "old"})
    assert page.status_code == 400
    assert "casino" in page.text
    assert "gambling" in page.text


def test_strangers_viewers_and_other_sites(app: Flask, desk: Desk, site: Site, omar: Moderator, clock: Clock) -> None:
    with app.app_context():
        managing.add_moderator("vera@gazette.example", "gazette", clock(), role="viewer", password=PASSWORD)
        herald = managing.site("herald")
        rule = ruling.checked("first-time", {}, "hold", "of the Herald")
        foreign = ids.to_text(ruling.add(herald, OPERATOR, rule, clock()))
    desk.send(NEW, act="save", **WORDS)
    own = addresses(desk)[0]
    vera = desk_of(app, "vera@gazette.example", PASSWORD)
    page = vera.open(RULES).text
    assert "gambling" in page
    assert "Move" not in page
    assert "Add a rule" not in page
    assert 'value="save"' not in vera.open(own).text
    acts = (f"{own}/on", f"{own}/delete", own, NEW, f"{RULES}/wordpress")
    for path in acts:
        assert vera.send(path, act="save", **WORDS).status_code == 403
    for path in (f"{RULES}/{foreign}", f"{RULES}/{foreign}/delete", f"{RULES}/nonsense/up", f"{RULES}/{'0' * 13}"):
        assert desk.send(path, act="save", **WORDS).status_code == 404
    assert desk.open("/moderate/herald/rules").status_code == 404
    assert desk.open(f"{RULES}/{foreign}").status_code == 404
    assert desk.open(NEW, kind="gossip").status_code == 404
    stranger = app.test_client()
    assert stranger.get(RULES).status_code == 303
    assert stranger.post(f"{own}/delete").status_code == 403
    with app.app_context():
        assert len(ruling.rules(herald)) == len(ruling.rules(site)) == 1

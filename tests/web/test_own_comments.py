"""An author edits and takes back a comment by its receipt, and nobody else does."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from commentsvc.people import managing
from tests.conftest import GAZETTE
from tests.conftest import Clock
from tests.conftest import Reader


def test_a_pending_comment_is_edited_in_place(rita: Reader, clock: Clock) -> None:
    comment = rita.say("Frist.")
    clock.advance(minutes=1)
    answer = rita.own("PATCH", comment, json={"body": "First."})
    assert answer.status_code == 200
    mine = answer.json["comment"]
    assert (mine["body"], mine["state"], mine["held_edit"]) == ("First.", "pending", False)
    assert mine["edited"] == "2026-03-14T09:27:53Z"
    assert mine["editable_until"] == "2026-03-14T09:41:53Z"


def test_an_edit_of_an_approved_comment_waits_while_the_old_text_stays(
    rita: Reader, decide: Callable, clock: Clock
) -> None:
    comment = rita.say("Approved words.")
    decide("approve", comment)
    mine = rita.own("PATCH", comment, json={"body": "Other words."}).json["comment"]
    assert mine["held_edit"] is True and mine["body"] == "Other words."
    assert rita.bodies() == ['<p dir="auto">Approved words.</p>']
    decide("approve", comment)
    assert rita.bodies() == ['<p dir="auto">Other words.</p>']
    assert rita.thread()["comments"][0]["edited"] is not None
    assert rita.own("GET", comment).json["comment"]["held_edit"] is False


def test_a_rejected_edit_leaves_the_approved_text(rita: Reader, decide: Callable) -> None:
    comment = rita.say("Approved words.")
    decide("approve", comment)
    rita.own("PATCH", comment, json={"body": "Worse words."})
    decide("reject", comment)
    assert rita.bodies() == ['<p dir="auto">Approved words.</p>']
    assert rita.own("GET", comment).json["comment"]["state"] == "approved"


def test_where_nothing_is_held_an_edit_shows_at_once_unless_it_adds_links(rita: Reader, change_site: Callable) -> None:
    change_site(hold="none")
    comment = rita.say("Plain.")
    assert rita.own("PATCH", comment, json={"body": "Plainer."}).json["comment"]["held_edit"] is False
    assert rita.bodies() == ['<p dir="auto">Plainer.</p>']
    spammy = {"body": "https://one.example https://two.example"}
    assert rita.own("PATCH", comment, json=spammy).json["comment"]["held_edit"] is True
    assert rita.bodies() == ['<p dir="auto">Plainer.</p>']


def test_an_edit_is_checked_like_a_new_comment(rita: Reader) -> None:
    comment = rita.say()
    for body, code in (("", "empty"), ("x" * 10_001, "too_long"), ("\x07", "control")):
        answer = rita.own("PATCH", comment, json={"body": body})
        assert answer.status_code == 422
        assert [error["code"] for error in answer.json["errors"]] == [code]


def test_the_window_ends(rita: Reader, change_site: Callable, clock: Clock) -> None:
    change_site(edit_seconds=60)
    comment = rita.say("As it was.")
    clock.advance(seconds=59)
    assert rita.own("PATCH", comment, json={"body": "Just in time."}).status_code == 200
    clock.advance(seconds=1)
    answer = rita.own("PATCH", comment, json={"body": "Too late."})
    assert answer.status_code == 409
    assert answer.json["title"] == "Too late to edit"
    assert rita.own("GET", comment).json["comment"]["body"] == "Just in time."


@pytest.mark.parametrize("verb", ["spam", "reject", "delete"])
def test_what_a_moderator_turned_down_is_not_edited(rita: Reader, decide: Callable, verb: str) -> None:
    comment = rita.say()
    decide(verb, comment)
    assert rita.own("PATCH", comment, json={"body": "Another try."}).status_code == 409
    assert rita.own("GET", comment).json["comment"]["editable_until"] is None


def test_a_comment_is_taken_back_at_any_time_and_twice_is_once(
    rita: Reader, decide: Callable, app, clock: Clock
) -> None:
    comment = rita.say()
    decide("approve", comment)
    clock.advance(days=300)
    assert rita.own("DELETE", comment).status_code == 204
    assert rita.own("DELETE", comment).status_code == 204
    assert rita.thread()["comments"] == [] and rita.thread()["thread"]["count"] == 0
    assert rita.own("GET", comment).json["comment"]["state"] == "deleted"
    assert decide("approve", comment).withdrawn == 1, "a moderator does not bring it back"
    assert rita.thread()["comments"] == []
    with app.app_context():
        assert managing.verify_decisions() == {"gazette": []}


def test_only_the_right_receipt_opens_a_comment(rita: Reader, sam: Reader, client: FlaskClient) -> None:
    mine, other = rita.say(), sam.say()
    path = f"/api/v1/sites/gazette/comments/{mine}"
    wrong = [sam.receipts[other], "nonsense", rita.receipts[mine][:-1], rita.receipts[mine] + "A", "A" * 35]
    for method, body in (("GET", None), ("PATCH", {"body": "Taken over."}), ("DELETE", None)):
        answer = client.open(path, method=method, headers={"Origin": GAZETTE}, json=body)
        assert answer.status_code == 401 and answer.headers["WWW-Authenticate"] == "Bearer"
        for receipt in wrong:
            assert rita.own(method, mine, receipt, json=body).status_code == 403
    assert rita.own("GET", mine).json["comment"]["body"] == "Well said."
    assert rita.own("GET", "0123456789abc", "x").status_code == 404
    assert rita.own("GET", "nonsense", "x").status_code == 404


def test_another_secret_makes_receipts_worthless_unless_the_old_one_is_kept(rita: Reader, make_app: Callable) -> None:
    comment = rita.say()
    new = "another secret that is also long enough to be taken"
    rotated = make_app(SECRET_KEY=new).test_client()
    kept = make_app(SECRET_KEY=new, OLD_SECRET_KEYS="a secret that only the tests know and long enough").test_client()
    assert Reader(rotated, "Rita", receipts=rita.receipts).own("GET", comment).status_code == 403
    assert Reader(kept, "Rita", receipts=rita.receipts).own("GET", comment).status_code == 200


def test_a_preview_is_what_would_be_published_and_stores_nothing(rita: Reader, client: FlaskClient) -> None:
    source = "Some *words*, a [link](https://bridge.example) and `code`.\n\n> quoted"
    answer = client.post("/api/v1/sites/gazette/preview", json={"body": source}, headers={"Origin": GAZETTE})
    assert answer.status_code == 200
    published = rita.post(source).json["comment"]["html"]
    assert answer.json == {"html": published}
    refused = client.post("/api/v1/sites/gazette/preview", json={"body": " "}, headers={"Origin": GAZETTE})
    assert refused.status_code == 422

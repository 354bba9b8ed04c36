"""A reader posts: what is taken, how it is answered, and what is refused with which words."""

import json
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from commentsvc.models.site import Site
from tests.conftest import ARTICLE
from tests.conftest import GAZETTE
from tests.conftest import Clock
from tests.conftest import Reader


def errors(answer) -> dict[str, str]:
    """Return the fields at fault with their codes."""
    return {error["field"]: error["code"] for error in answer.json["errors"]}


def test_a_comment_waits_for_a_moderator_and_only_its_author_sees_it(rita: Reader, sam: Reader) -> None:
    answer = rita.post("It *is* old.", website="rita.example/me")

    assert answer.status_code == 202
    comment = answer.json["comment"]
    assert comment["state"] == "pending"
    assert comment["body"] == "It *is* old."
    assert "<em>is</em>" in comment["html"]
    assert comment["author"]["name"] == "Rita"
    assert comment["author"]["url"] == "https://rita.example/me"
    assert "mail.example" not in answer.text
    assert rita.own("GET", comment["id"]).json["comment"]["state"] == "pending"
    assert sam.thread()["comments"] == []
    assert sam.thread()["thread"]["count"] == 0


def test_an_approved_comment_is_in_the_thread(rita: Reader, sam: Reader, decide: Callable) -> None:
    comment = rita.say("It is old.")
    decide("approve", comment)

    page = sam.thread()
    assert page["thread"]["count"] == 1
    assert page["thread"]["title"] == "The old bridge"
    assert page["comments"] == [
        {
            "id": comment,
            "parent": None,
            "depth": 0,
            "author": {
                "name": "Rita",
                "url": None,
                "avatar": page["comments"][0]["author"]["avatar"],
                "badge": None,
            },
            "html": page["comments"][0]["html"],
            "created": "2026-03-14T09:26:53Z",
            "edited": None,
        }
    ]
    assert page["next"] is None
    assert page["form"]["held"] is True


def test_where_nothing_is_held_a_comment_is_published_at_once(rita: Reader, change_site: Callable) -> None:
    change_site(hold="none")
    answer = rita.post()
    assert answer.status_code == 201
    assert answer.json["comment"]["state"] == "approved"
    assert len(rita.thread()["comments"]) == 1


def test_first_time_authors_are_known_by_a_receipt_and_by_nothing_typed(
    rita: Reader, change_site: Callable, decide: Callable
) -> None:
    change_site(hold="first")
    first = rita.post()
    assert first.status_code == 202
    assert rita.post(receipts=[first.json["receipt"]]).status_code == 202, "not approved yet"
    decide("approve", first.json["comment"]["id"])
    assert rita.post().status_code == 202, "same name and mail, but no receipt"
    assert rita.post(receipts=["nonsense", first.json["receipt"]]).status_code == 201


def test_two_links_are_held_whoever_writes(rita: Reader, change_site: Callable) -> None:
    change_site(hold="none")
    assert rita.post("https://one.example").status_code == 201
    assert rita.post("https://one.example https://two.example").status_code == 202


def test_a_reply_stands_under_its_parent(rita: Reader, sam: Reader, change_site: Callable, clock: Clock) -> None:
    change_site(hold="none")
    first = rita.say("First.")
    clock.advance(minutes=1)
    second = sam.say("Second.")
    clock.advance(minutes=1)
    reply = sam.say("A reply to the first.", parent=first)

    comments = rita.thread()["comments"]
    assert [(comment["id"], comment["parent"], comment["depth"]) for comment in comments] == [
        (first, None, 0),
        (reply, first, 1),
        (second, None, 0),
    ]
    newest = rita.thread(sort="newest")["comments"]
    assert [comment["id"] for comment in newest] == [second, first, reply]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"body": ""}, {"body": "empty"}),
        ({"body": " \u200b\n "}, {"body": "empty"}),
        ({"body": "[a]: https://defined.example"}, {"body": "empty"}),
        ({"body": "x" * 10_001}, {"body": "too_long"}),
        ({"body": ...}, {"body": "missing"}),
        ({"body": 5}, {"body": "type"}),
        ({"body": "a\x00b"}, {"body": "control"}),
        ({"name": ""}, {"name": "empty"}),
        ({"name": "n" * 81}, {"name": "too_long"}),
        ({"name": None}, {"name": "type"}),
        ({"email": "ida@@example"}, {"email": "invalid"}),
        ({"email": "a@" + "b" * 260 + ".example"}, {"email": "too_long"}),
        ({"website": "javascript:alert(1)"}, {"website": "scheme"}),
        ({"website": "https://u:p@a.example"}, {"website": "userinfo"}),
        ({"url": "/relative"}, {"url": ...}),
        ({"url": GAZETTE + "/" + "x" * 2048}, {"url": "too_long"}),
        ({"parent": "nonsense"}, {"parent": "unknown"}),
        ({"parent": "0123456789abc"}, {"parent": "unknown"}),
        ({"id": "x" * 201}, {"id": "too_long"}),
        ({"receipts": ["x"] * 21}, {"receipts": "too_many"}),
        ({"name": "", "email": "no", "body": ""}, {"name": "empty", "email": "invalid", "body": "empty"}),
    ],
)
def test_each_field_that_is_wrong_is_named(rita: Reader, fields: dict, expected: dict) -> None:
    answer = rita.post(**fields)
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"
    found = errors(answer)
    assert found.keys() == expected.keys()
    assert all(code in (..., found[name]) for name, code in expected.items())
    assert all(error["message"][0].isupper() for error in answer.json["errors"])
    assert rita.thread()["thread"]["id"] is None, "a refused comment makes no thread"


def test_the_longest_that_is_taken_is_kept_whole(rita: Reader) -> None:
    body = "ä" * 10_000
    answer = rita.post(body, name="n" * 80)
    assert answer.status_code == 202
    assert answer.json["comment"]["body"] == body


def test_what_is_the_servers_to_set_is_ignored(rita: Reader) -> None:
    answer = rita.post(state="approved", created="2001-01-01T00:00:00Z", badge="moderator", moderator_id=1, depth=9)
    assert answer.status_code == 202
    assert answer.json["comment"]["author"]["badge"] is None
    assert answer.json["comment"]["created"].startswith("2026-03-14")


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"null", "application/json", 400),
        (b'{"body": "\xff\xfe"}', "application/json", 400),
        (b"[" * 60_000, "application/json", 400),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "application/json", 400),
        (b'{"body": NaN}', "application/json", 400),
        (b'{"body": ' + b"1" * 5000 + b"}", "application/json", 400),
        (json.dumps({"body": "\ud800", "url": ARTICLE, "name": "R"}).encode(), "application/json", 422),
        (json.dumps({"body": "x\u0000", "url": ARTICLE, "name": "R"}).encode(), "application/json", 422),
        (b"x" * (64 * 1024 + 1), "application/json", 413),
        (b"body=hello", "application/x-www-form-urlencoded", 415),
        (b'{"body": "hello"}', "text/plain", 415),
        (b'{"body": "hello"}', "", 415),
    ],
)
def test_what_cannot_be_read_is_refused_plainly(
    client: FlaskClient, site: Site, body: bytes, content_type: str, status: int
) -> None:
    answer = client.post(
        "/api/v1/sites/gazette/comments", data=body, content_type=content_type, headers={"Origin": GAZETTE}
    )
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    assert answer.json["status"] == status
    assert answer.headers["Access-Control-Allow-Origin"] == GAZETTE


def test_a_compressed_body_is_refused(client: FlaskClient, site: Site) -> None:
    headers = {"Origin": GAZETTE, "Content-Encoding": "gzip"}
    answer = client.post(
        "/api/v1/sites/gazette/comments", data=b"\x1f\x8b", content_type="application/json", headers=headers
    )
    assert answer.status_code == 415


def test_a_parent_must_be_an_approved_comment_of_the_same_thread(
    rita: Reader, sam: Reader, change_site: Callable, decide: Callable
) -> None:
    pending = rita.say("Not seen by anybody yet.")
    elsewhere = rita.say("Under another article.", url=GAZETTE + "/news/another")
    decide("approve", elsewhere)
    for parent in (pending, elsewhere):
        assert errors(sam.post("Indeed.", parent=parent)) == {"parent": "unknown"}


def test_an_article_elsewhere_and_a_page_elsewhere_are_refused(rita: Reader, client: FlaskClient) -> None:
    assert rita.post(url="https://elsewhere.example/").status_code == 403
    assert rita.post(headers={"Origin": "https://elsewhere.example"}).status_code == 403
    without = client.post("/api/v1/sites/gazette/comments", json={"url": ARTICLE, "name": "R", "body": "Hello."})
    assert without.status_code == 403


def test_an_unknown_site_is_said_to_be_unknown(client: FlaskClient) -> None:
    answer = client.post("/api/v1/sites/nowhere/comments", json={}, headers={"Origin": GAZETTE})
    assert answer.status_code == 404
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_a_required_address_of_mail_is_asked_for(sam: Reader, change_site: Callable) -> None:
    change_site(email_required=True)
    assert errors(sam.post()) == {"email": "empty"}
    assert sam.thread()["form"]["email"] == "required"


def test_a_closed_thread_takes_no_comment(rita: Reader, change_site: Callable, clock: Clock) -> None:
    change_site(hold="none", close_after_days=14)
    rita.say()
    clock.advance(days=13)
    rita.say("Still open.")
    clock.advance(days=1)
    answer = rita.post("Too late.")
    assert answer.status_code == 409
    assert rita.thread()["thread"]["open"] is False
    assert len(rita.thread()["comments"]) == 2


def test_the_same_article_by_other_addresses_is_one_thread(rita: Reader, change_site: Callable) -> None:
    change_site(hold="none")
    rita.say(url=ARTICLE)
    for url in (
        ARTICLE + "/",
        ARTICLE + "?utm_source=mail",
        ARTICLE + "#bridge",
        ARTICLE.replace("gazette", "GAZETTE"),
    ):
        assert rita.thread(url)["thread"]["count"] == 1


def test_a_stable_id_holds_the_thread_together_when_the_article_moves(rita: Reader, change_site: Callable) -> None:
    change_site(hold="none")
    rita.say(id="bridge")
    assert rita.thread(GAZETTE + "/moved", id="bridge")["thread"]["count"] == 1
    rita.say("After the move.", id="bridge", url=GAZETTE + "/moved")
    assert rita.thread(GAZETTE + "/moved", id="bridge")["thread"]["count"] == 2
    assert rita.thread()["thread"]["count"] == 2, "and by its first address"
    assert rita.thread(id="another")["thread"]["count"] == 0, "another id is another article"


def test_reading_makes_no_thread(rita: Reader, client: FlaskClient) -> None:
    for number in range(20):
        assert rita.thread(f"{GAZETTE}/{number}")["thread"]["id"] is None
    answer = client.get("/api/v1/sites/gazette/counts", query_string={"url": f"{GAZETTE}/1"})
    assert answer.json == {"counts": {f"{GAZETTE}/1": 0}}

"""The newest comments of a site as a list, and how the database finds them."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from sqlalchemy import text

from commentsvc.database import reading
from commentsvc.models.newest import question
from commentsvc.models.site import Site
from tests.conftest import ARTICLE
from tests.conftest import GAZETTE
from tests.conftest import Clock
from tests.conftest import Reader

PATH = "/api/v1/sites/gazette/latest"


def latest(client: FlaskClient, **query: Any) -> list[dict[str, Any]]:
    answer = client.get(PATH, query_string=query)
    assert answer.status_code == 200, answer.text
    contract = client.get("/api/v1/openapi.json").json
    schema = contract["paths"]["/api/v1/sites/{site}/latest"]["get"]["responses"]["200"]["content"]["application/json"]
    Draft202012Validator(schema["schema"] | {"components": contract["components"]}).validate(answer.json)
    return answer.json["comments"]


def test_the_latest_comments_come_newest_first_with_their_articles(
    rita: Reader, sam: Reader, client: FlaskClient, site: Site, decide: Callable, clock: Clock
) -> None:
    first = rita.say("First.")
    assert latest(client) == []
    decide("approve", first)
    clock.advance(seconds=1)
    reply = sam.say("Second.", parent=first)
    clock.advance(seconds=1)
    elsewhere = rita.say("Third.", url=GAZETTE + "/other", title=...)
    # Whatever order they are approved in.
    decide("approve", elsewhere)
    decide("approve", reply)
    found = latest(client)
    assert [comment["id"] for comment in found] == [elsewhere, reply, first]
    page = rita.thread()
    assert found[1] == page["comments"][1] | {
        "url": f"{ARTICLE}#comment-{reply}",
        "title": "The old bridge",
        "thread": page["thread"]["id"],
    }
    assert (found[0]["title"], found[0]["url"]) == (None, f"{GAZETTE}/other#comment-{elsewhere}")

    decide("spam", reply)
    assert rita.own("DELETE", elsewhere).status_code == 204
    assert [comment["id"] for comment in latest(client)] == [first]


def test_as_many_are_told_as_are_asked_for(
    rita: Reader, client: FlaskClient, change_site: Callable, clock: Clock
) -> None:
    change_site(hold="none")
    said = []
    for number in range(12):
        # Two of each second: the order holds there, too.
        clock.advance(seconds=number % 2)
        said.insert(0, rita.say(f"{number}"))
    assert [comment["id"] for comment in latest(client)] == said[:10]
    assert [comment["id"] for comment in latest(client, limit=1)] == said[:1]
    assert [comment["id"] for comment in latest(client, limit=50)] == said


@pytest.mark.parametrize("limit", ["0", "51", "-1", "ten", "", "1.5", "1_0", "\u0663", "9" * 5000])
def test_a_limit_that_makes_no_sense_is_refused(client: FlaskClient, site: Site, limit: str) -> None:
    answer = client.get(PATH, query_string={"limit": limit})
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json["errors"]] == ["limit"]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_the_list_is_public_and_tagged(rita: Reader, client: FlaskClient, change_site: Callable) -> None:
    change_site(hold="none")
    rita.say()
    answer = client.get(PATH, headers={"Origin": "https://anybody.example"})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "mail.example" not in answer.text
    assert client.get(PATH, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    rita.say("Another.")
    assert client.get(PATH, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 200
    assert client.get("/api/v1/sites/nowhere/latest").status_code == 404


def test_one_site_never_shows_anothers(rita: Reader, client: FlaskClient, change_site: Callable, omar) -> None:
    change_site(hold="none")
    rita.say()
    assert client.get("/api/v1/sites/herald/latest").json == {"comments": []}


@pytest.mark.parametrize(("thread", "index"), [(None, "ix_comment_list"), (1, "ix_comment_newest_of_thread")])
def test_they_are_found_by_an_index_and_not_sorted(app: Flask, site: Site, thread: int | None, index: str) -> None:
    with app.app_context(), reading() as session:
        asked = question(site, 10, thread).compile(session.get_bind(), compile_kwargs={"literal_binds": True})
        if session.get_bind().dialect.name == "sqlite":
            plan = [row[-1] for row in session.execute(text(f"EXPLAIN QUERY PLAN {asked}"))]
            # In the order of the index, that is without a tree to sort by, until there are as many as are wanted.
            assert plan[1].startswith(
                (f"SEARCH comment USING INDEX {index} (", f"SEARCH comment USING COVERING INDEX {index} (")
            ), plan
            assert "ORDER BY" not in plan[2], plan
            return
        # In an empty table any way is cheap; these leave the one that stays cheap in a full one.
        for way in ("seqscan", "bitmapscan", "sort"):
            session.execute(text(f"SET LOCAL enable_{way} = off"))
        plan = [row[0] for row in session.execute(text(f"EXPLAIN {asked}"))]
        assert any(f"sing {index} on" in step for step in plan), plan

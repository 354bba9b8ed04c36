"""Counts of many articles at once: each that is asked for gets a number, and one bad link spoils nothing."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from commentsvc.models.site import Site
from tests.conftest import ARTICLE
from tests.conftest import GAZETTE
from tests.conftest import Reader

FOREIGN = "https://elsewhere.example/article"


@pytest.fixture
def open_site(change_site: Callable) -> Site:
    """Give the Gazette when it holds nothing."""
    return change_site(hold="none")


def ask(client: FlaskClient, **query: Any) -> TestResponse:
    return client.get("/api/v1/sites/gazette/counts", query_string=query)


@pytest.mark.parametrize(
    "bad",
    [
        FOREIGN,
        "http://gazette.example/news/the-old-bridge",
        "https://gazette.example.elsewhere.example/",
        "mailto:rita@mail.example",
        "javascript:alert(1)",
        "/news/the-old-bridge",
        "nonsense",
        "",
        f"{GAZETTE}/{'x' * 2048}",
        "https://[",
        "\u202e",
    ],
)
def test_a_bad_address_has_no_comments_and_the_others_have_theirs(
    rita: Reader, open_site: Site, client: FlaskClient, bad: str
) -> None:
    rita.say(id="bridge")
    for urls in ([bad, ARTICLE], [ARTICLE, bad, GAZETTE + "/new"]):
        answer = ask(client, url=urls)
        assert answer.status_code == 200, answer.text
        assert answer.json == {"counts": {url: int(url == ARTICLE) for url in urls}}
    assert ask(client, url=bad, id="bridge").json == {"counts": {bad: 0, "bridge": 1}}


@pytest.mark.parametrize("bad", ["x" * 201, "a\x00b", "a\nb"])
def test_a_bad_stable_id_has_none_either(rita: Reader, open_site: Site, client: FlaskClient, bad: str) -> None:
    rita.say(id="bridge")
    assert ask(client, id=[bad, "bridge"]).json == {"counts": {bad: 0, "bridge": 1}}
    assert ask(client, id=bad, url=ARTICLE).json == {"counts": {bad: 0, ARTICLE: 1}}


@pytest.mark.parametrize(
    ("query", "status", "field"),
    [
        ({"url": FOREIGN}, 403, None),
        ({"url": [FOREIGN, "https://another.example/"]}, 403, None),
        ({"url": [FOREIGN, "nonsense"]}, 403, None),
        ({"url": ["nonsense", FOREIGN]}, 422, "url"),
        ({"url": "nonsense"}, 422, "url"),
        ({"url": FOREIGN, "id": "x" * 201}, 403, None),
        ({"id": "x" * 201}, 422, "id"),
        ({"url": [FOREIGN] * 101}, 422, "url"),
    ],
)
def test_where_all_are_bad_somebody_must_see_it(
    client: FlaskClient, site: Site, query: dict[str, Any], status: int, field: str | None
) -> None:
    answer = ask(client, **query)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert [error["field"] for error in answer.json.get("errors", [])] == ([field] if field else [])
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_an_origin_that_is_added_counts_from_then_on(
    rita: Reader, open_site: Site, client: FlaskClient, change_site: Callable
) -> None:
    rita.say()
    for _ in range(2):
        assert ask(client, url=[ARTICLE, FOREIGN]).json["counts"] == {ARTICLE: 1, FOREIGN: 0}
    change_site(origins=[GAZETTE, "https://elsewhere.example"])
    Reader(client, "Sam", origin="https://elsewhere.example").say(url=FOREIGN)
    assert ask(client, url=[ARTICLE, FOREIGN]).json["counts"] == {ARTICLE: 1, FOREIGN: 1}
    change_site(origins=[GAZETTE])
    assert ask(client, url=[ARTICLE, FOREIGN]).json["counts"] == {ARTICLE: 1, FOREIGN: 0}


def test_one_site_never_tells_anothers(rita: Reader, open_site: Site, client: FlaskClient, omar) -> None:
    rita.say(id="shared")
    herald = "https://herald.example/"
    query = {"url": [ARTICLE, herald], "id": "shared"}
    answer = client.get("/api/v1/sites/herald/counts", query_string=query)
    assert answer.json == {"counts": {ARTICLE: 0, herald: 0, "shared": 0}}


def test_many_spellings_are_asked_for_once_and_each_is_answered(
    rita: Reader, open_site: Site, client: FlaskClient
) -> None:
    rita.say()
    spelled = [ARTICLE, ARTICLE + "/", ARTICLE + "#comments", ARTICLE + "?utm_source=x"]
    assert ask(client, url=spelled).json == {"counts": dict.fromkeys(spelled, 1)}

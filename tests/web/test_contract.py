"""The OpenAPI document says what the service does: it is valid, complete, and answers have the shape it promises."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from werkzeug.test import TestResponse

from commentsvc.models.site import Site
from tests.conftest import ARTICLE
from tests.conftest import GAZETTE
from tests.conftest import Clock
from tests.conftest import Reader

SITE = "/api/v1/sites/{site}"


@pytest.fixture
def contract(client: FlaskClient) -> dict[str, Any]:
    """Give the document that the service serves."""
    answer = client.get("/api/v1/openapi.json").json
    assert answer is not None
    return answer


def test_the_document_is_valid_and_complete(contract: dict[str, Any], app: Flask) -> None:
    validate(contract)
    told = {(path, method.upper()) for path, acts in contract["paths"].items() for method in acts}
    routed = {
        (rule.rule.replace("<site>", "{site}").replace("<comment_id>", "{id}"), method)
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/") and rule.rule != "/api/v1/openapi.json"
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert told == routed


def test_answers_have_the_promised_shape(
    contract: dict[str, Any], rita: Reader, sam: Reader, client: FlaskClient, decide: Callable, clock: Clock
) -> None:
    def keeps(answer: TestResponse, path: str, method: str) -> TestResponse:
        promised = contract["paths"][path][method]["responses"]
        assert str(answer.status_code) in promised, (path, method, answer.status_code)
        content = promised[str(answer.status_code)].get("content")
        if content is None:
            assert answer.data == b""
        else:
            schema = content[answer.mimetype]["schema"] | {"components": contract["components"]}
            Draft202012Validator(schema).validate(answer.json)
        return answer

    posted = keeps(rita.post("With a [link](https://bridge.example).", website="rita.example"), COMMENTS, "post")
    comment = posted.json["comment"]["id"]
    keeps(rita.own("GET", comment), OWN, "get")
    decide("approve", comment)
    clock.advance(seconds=1)
    reply = sam.say("A reply.", parent=comment)
    decide("approve", reply)
    keeps(rita.own("PATCH", comment, json={"body": "Another text."}), OWN, "patch")
    keeps(rita.own("DELETE", comment), OWN, "delete")
    for query in ({"url": ARTICLE}, {"url": GAZETTE + "/unheard-of"}, {"url": "x"}, {"url": "https://x.example"}):
        keeps(client.get("/api/v1/sites/gazette/thread", query_string=query), THREAD, "get")
    keeps(client.get("/api/v1/sites/gazette/counts", query_string={"url": ARTICLE}), SITE + "/counts", "get")
    for method, body in (("get", None), ("patch", {"body": "x"}), ("delete", None)):
        keeps(rita.own(method.upper(), reply, json=body), OWN, method)
        keeps(rita.own(method.upper(), "0123456789abc", "x", json=body), OWN, method)
    wrong: list[dict[str, Any]] = [{"body": ""}, {"name": 5}, {"parent": "nonsense"}, {"url": "https://x.example/"}]
    for fields in wrong:
        keeps(rita.post(**fields), COMMENTS, "post")
    headers = {"Origin": GAZETTE}
    for body in ({"body": "*Look.*"}, {"body": ""}, {}, {"body": None}):
        keeps(client.post("/api/v1/sites/gazette/preview", json=body, headers=headers), PREVIEW, "post")
    keeps(client.post("/api/v1/sites/gazette/preview", data="x", headers=headers), PREVIEW, "post")
    keeps(client.post("/api/v1/sites/nowhere/preview", json={"body": "x"}, headers=headers), PREVIEW, "post")


COMMENTS = SITE + "/comments"
OWN = SITE + "/comments/{id}"
THREAD = SITE + "/thread"
PREVIEW = SITE + "/preview"


def test_the_document_is_the_same_for_a_site_and_without(client: FlaskClient, site: Site) -> None:
    first = client.get("/api/v1/openapi.json")
    again = client.get("/api/v1/openapi.json", headers={"If-None-Match": first.headers["ETag"]})
    assert first.status_code == 200
    assert again.status_code == 304

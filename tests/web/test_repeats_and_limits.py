"""A repeat stores nothing, and too many in a row are held off: by whom, by what, and until when."""

from collections.abc import Callable

import pytest

from commentsvc.models.moderator import Moderator
from commentsvc.models.site import Site
from tests.conftest import Clock
from tests.conftest import Reader


def errors(answer) -> dict[str, str]:
    """Return the fields at fault with their codes."""
    return {error["field"]: error["code"] for error in answer.json["errors"]}


KEY = {"Idempotency-Key": "0123456789abcdef"}


def test_a_repeat_is_answered_like_the_first_time_and_stores_nothing(
    rita: Reader, decide: Callable, mona: Moderator, clock: Clock
) -> None:
    first = rita.post("Once.", headers=KEY)
    clock.advance(hours=1)
    decide("approve", first.json["comment"]["id"])
    again = rita.post("Once.", headers=KEY)
    assert again.status_code == first.status_code == 202
    assert again.json["receipt"] == first.json["receipt"]
    assert again.json["comment"]["id"] == first.json["comment"]["id"]
    assert again.json["comment"]["state"] == "approved", "the comment as it is now"
    assert len(rita.thread()["comments"]) == 1


def test_a_key_with_another_comment_is_refused(rita: Reader) -> None:
    rita.post("Once.", headers=KEY)
    answer = rita.post("Something else.", headers=KEY)
    assert answer.status_code == 422
    assert errors(answer) == {"Idempotency-Key": "reused"}


def test_a_key_is_forgotten_after_a_day_and_after_a_refusal(rita: Reader, clock: Clock) -> None:
    assert rita.post("", headers=KEY).status_code == 422
    first = rita.post("Mended.", headers=KEY)
    assert first.status_code == 202
    clock.advance(hours=24)
    assert rita.post("Mended.", headers=KEY).json["comment"]["id"] != first.json["comment"]["id"]


@pytest.mark.parametrize("key", ["short", "x" * 129, "with\ttab and more"])
def test_an_impossible_key_is_named(rita: Reader, key: str) -> None:
    assert errors(rita.post(headers={"Idempotency-Key": key})) == {"Idempotency-Key": "invalid"}


def test_the_limit_holds_and_says_when_to_come_back(make_app: Callable, clock: Clock, site: Site) -> None:
    client = make_app(RATE_LIMITS="on", POST_LIMIT="3/minute").test_client()
    rita = Reader(client, "Rita")
    assert [rita.post().status_code for _ in range(4)] == [202, 202, 202, 429]
    answer = rita.post()
    assert 1 <= int(answer.headers["Retry-After"]) <= 61
    assert answer.headers["Access-Control-Expose-Headers"] == "ETag, Retry-After"
    other_process = Reader(make_app(RATE_LIMITS="on", POST_LIMIT="3/minute").test_client(), "Rita")
    assert other_process.post().status_code == 429, "all processes count together"
    clock.advance(minutes=2)
    assert rita.post().status_code == 202


def test_a_forged_client_address_does_not_pass_the_limit(make_app: Callable, site: Site) -> None:
    rita = Reader(make_app(RATE_LIMITS="on", POST_LIMIT="1/minute").test_client(), "Rita")
    assert rita.post(headers={"X-Forwarded-For": "203.0.113.1"}).status_code == 202
    for header in ("X-Forwarded-For", "X-Real-IP", "Forwarded"):
        assert rita.post(headers={header: "203.0.113.2"}).status_code == 429
    behind = Reader(make_app(RATE_LIMITS="on", POST_LIMIT="1/minute", TRUSTED_PROXIES="1").test_client(), "Rita")
    assert behind.post(headers={"X-Forwarded-For": "198.51.100.9, 203.0.113.2"}).status_code == 202
    assert behind.post(headers={"X-Forwarded-For": "198.51.100.77, 203.0.113.2"}).status_code == 429
    assert behind.post(headers={"X-Forwarded-For": "2001:db8:0:1::1"}).status_code == 202
    assert behind.post(headers={"X-Forwarded-For": "2001:db8:0:1:ffff::2"}).status_code == 429, "the same /64"
    assert behind.post(headers={"X-Forwarded-For": "2001:db8:0:2::1"}).status_code == 202

"""A process knows a site as it last read it; what another has changed since binds the next post all the same."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from commentsvc.models.site import Site
from commentsvc.people import managing
from tests.conftest import Clock
from tests.conftest import Reader

BLOG = "https://blog.gazette.example"


@pytest.fixture
def elsewhere(make_app: Callable[..., Flask], clock: Clock) -> Callable[..., Any]:
    """Give a function that does something in another process, which has a pool of connections of its own."""
    other = make_app()

    def do(act: Callable[..., Any], *given: Any) -> Any:
        with other.app_context():
            return act(*given)

    return do


@pytest.mark.parametrize(
    ("settings", "status", "code"),
    [
        ({"hold": "none"}, 201, None),
        ({"email_required": True}, 422, "empty"),
        ({"origins": ["https://moved.example"]}, 403, None),
        ({"close_after_days": 1}, 409, None),
    ],
)
def test_a_setting_binds_the_next_post(
    rita: Reader, site: Site, clock: Clock, elsewhere: Callable[..., Any], settings: dict[str, Any], status: int,
    code: str | None,
) -> None:  # fmt: skip
    rita.email = None
    assert rita.post().status_code == 202
    clock.advance(days=2)
    elsewhere(managing.edit_site, site.key, settings, clock())
    answer = rita.post("And again.")
    assert answer.status_code == status, answer.text
    assert answer.json is not None
    assert [error["code"] for error in answer.json.get("errors", [])] == ([code] if code else [])


def test_a_post_from_a_page_that_has_just_been_allowed_is_taken_and_can_be_read_there(
    rita: Reader, site: Site, clock: Clock, elsewhere: Callable[..., Any]
) -> None:
    assert rita.post().status_code == 202
    rita.origin = BLOG
    assert rita.post(url=f"{BLOG}/bridge").status_code == 403
    elsewhere(managing.edit_site, site.key, {"origins": [*site.origins, BLOG]}, clock())
    answer = rita.post(url=f"{BLOG}/bridge")
    assert answer.status_code == 202
    assert answer.headers["Access-Control-Allow-Origin"] == BLOG


def test_a_site_that_is_gone_takes_nothing_and_one_of_the_same_key_goes_by_its_own_settings(
    rita: Reader, site: Site, clock: Clock, elsewhere: Callable[..., Any]
) -> None:
    assert rita.post().status_code == 202
    elsewhere(managing.remove_site, site.key)
    assert rita.post("To nobody.").status_code == 404
    elsewhere(managing.add_site, site.key, {"origins": site.origins, "hold": "none"}, clock())
    assert rita.post("To the new one.").status_code == 201
    elsewhere(managing.remove_site, site.key)
    elsewhere(managing.add_site, site.key, {"origins": site.origins}, clock())
    assert rita.post("To the third.").status_code == 202

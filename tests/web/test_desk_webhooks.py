"""Owners add webhooks on the desk, see what came of them, and have them told again; nobody else sees their secrets."""

import re
from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from commentsvc.models.moderator import Moderator
from commentsvc.models.site import Site
from commentsvc.notifying.hook_delivering import deliver_due
from commentsvc.people import managing
from tests.conftest import PASSWORD
from tests.conftest import Clock
from tests.conftest import Reader
from tests.rig.desk import Desk
from tests.rig.desk import desk_of
from tests.rig.desk import notice
from tests.rig.receiver import Receiver

WEBHOOKS = "/moderate/gazette/webhooks"


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    """Give the application, which may reach this machine."""
    return make_app(WEBHOOKS_PRIVATE="on")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Give a receiver."""
    receiver = Receiver()
    yield receiver
    receiver.stop()


@pytest.fixture
def olga(app: Flask, site: Site, clock: Clock) -> Desk:
    """Give the browser of the Gazette's owner."""
    with app.app_context():
        managing.add_moderator(
            "olga@gazette.example", site.key, clock(), name="Olga", role="owner", password=PASSWORD
        )  # fmt: skip
    return desk_of(app, "olga@gazette.example", PASSWORD)


@pytest.fixture
def added(olga: Desk, receiver: Receiver) -> str:
    """Give the path of a webhook's page, which Olga has added."""
    url = f"http://localhost:{receiver.port}/secret-path"
    answer = olga.send(WEBHOOKS, url=url, shape="json", event=["comment.pending", "comment.approved"])
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"].partition("?")[0]


@pytest.fixture
def deliver(app: Flask, clock: Clock) -> Callable[[], Any]:
    """Give a function that delivers what is due."""

    def act() -> Any:
        with app.app_context():
            return deliver_due(app.extensions["commentsvc"].outbox, clock, within=1)

    return act


def test_an_owner_adds_one_tests_it_and_has_it_told_again(
    olga: Desk, added: str, receiver: Receiver, rita: Reader, clock: Clock, deliver: Callable[[], Any]
) -> None:
    assert added in olga.open(WEBHOOKS).text
    assert WEBHOOKS in olga.open("/moderate/gazette/settings").text
    assert notice(olga, olga.send(f"{added}/test")).startswith("A test is on its way.")
    assert ">waits</span> a test" in olga.open(added).text
    rita.say()
    receiver.answers(200, 413)
    assert deliver().sent == 1
    page = olga.open(added).text
    assert ">delivered</span> a test" in page
    assert ">given up</span> a comment waits" in page
    assert re.search(r"HTTP 413 · No\. &lt;b&gt; · [\d,]+ ms · 1 attempt", page)
    again = re.findall(rf'action="({added}/deliveries/\w+/again)"', page)
    assert len(again) == 2
    # The last stands first.
    assert notice(olga, olga.send(again[0])) == "It will be told again, after what is waiting."
    assert olga.send(again[0]).status_code == 404
    assert deliver().sent == 1
    assert receiver.types() == ["test", "comment.pending", "comment.pending"]
    assert receiver.got[1].id == receiver.got[2].id


def test_it_is_changed_paused_given_another_secret_and_removed(
    olga: Desk, added: str, receiver: Receiver, rita: Reader, clock: Clock, deliver: Callable[[], Any]
) -> None:
    url = f"http://localhost:{receiver.port}/elsewhere"
    fields = {"url": url, "shape": "telegram", "chat": "-100", "event": "report.created"}
    assert notice(olga, olga.send(added, **fields)) == "The webhook is changed."
    rita.say()
    assert deliver().sent == 0
    page = olga.open(added).text
    assert f'value="{url}"' in page and 'value="-100"' in page and "Telegram" in page
    # Telegram checks no signature.
    assert "whsec_" not in page
    olga.send(added, url=url, shape="json", event="comment.pending")
    first = re.findall(r"whsec_[\w+/=]+", olga.open(added).text)
    olga.send(f"{added}/rotate")
    second = re.findall(r"whsec_[\w+/=]+", olga.open(added).text)
    assert len(first) == 1 and len(second) == 2 and second[1] == first[0] != second[0]
    olga.send(f"{added}/pause")
    rita.say("While it is paused.")
    assert "paused" in olga.open(WEBHOOKS).text
    olga.send(f"{added}/resume")
    assert deliver().sent == 0
    log = olga.open("/moderate/gazette/log").text
    for did in ("webhook add", "webhook edit", "webhook rotate", "webhook pause", "webhook resume"):
        assert did in log
    assert "secret-path" not in log and "elsewhere" not in log
    olga.send(f"{added}/remove")
    assert olga.open(added).status_code == 404
    assert olga.send(f"{added}/test").status_code == 404


WRONG: tuple[tuple[dict[str, Any], str], ...] = (
    ({"url": "ftp://hooks.example/"}, "begin with http"),
    ({"url": "https://user:word@hooks.example/"}, "name or password"),
    ({"url": ""}, "begin with http"),
    ({"url": "https://hooks.example:99999/"}, "port"),
    ({"url": "https://hooks.example/" + "x" * 2048}, "at most 2,048"),
    ({"shape": "carrier pigeon"}, "Choose one of"),
    ({"event": []}, "Choose at least one"),
    ({"event": "comment.sold"}, "Choose at least one"),
    ({"shape": "telegram"}, "needs the id of a chat"),
)


def test_what_cannot_be_used_is_told_beside_what_was_typed(olga: Desk) -> None:
    good = {"url": "https://hooks.example/x", "shape": "json", "event": "comment.pending"}
    for fields, told in WRONG:
        answer = olga.send(WEBHOOKS, **(good | fields))
        assert answer.status_code == 422
        assert re.search(rf'class="error"[^>]*>[^<]*{told}', answer.text), answer.text
        assert f'value="{(good | fields)["url"]}"' in answer.text
    assert "Nobody is told yet" in olga.open(WEBHOOKS).text


def test_an_address_in_a_private_network_is_refused_unless_the_operator_allows_it(
    make_app: Callable[..., Flask], olga: Desk
) -> None:
    strict = desk_of(make_app(), "olga@gazette.example", PASSWORD)
    for url in ("http://127.0.0.1/", "http://0x7f.1/", "http://[::ffff:10.0.0.1]/", "http://169.254.169.254/latest"):
        answer = strict.send(WEBHOOKS, url=url, shape="json", event="comment.pending")
        assert answer.status_code == 422
        assert "not into a private network" in answer.text


def test_a_form_that_is_out_of_date_comes_again_as_it_was_typed(olga: Desk, added: str) -> None:
    for path in (WEBHOOKS, added):
        answer = olga.client.post(path, data={"url": "https://hooks.example/x", "event": "comment.spam"})
        assert answer.status_code == 400
        assert 'value="https://hooks.example/x"' in answer.text
        assert 'value="comment.spam" checked' in answer.text


def test_nobody_but_its_owner_sees_or_touches_it(
    app: Flask, olga: Desk, added: str, mona: Moderator, omar: Moderator, clock: Clock
) -> None:
    moderator = desk_of(app, "mona@gazette.example", PASSWORD)
    another = desk_of(app, "omar@herald.example", PASSWORD, "herald")
    stranger = Desk(app.test_client())
    there = added.replace("gazette", "herald")
    with app.app_context():
        managing.add_moderator("boss@herald.example", "herald", clock(), name="B", role="owner", password=PASSWORD)
    owner_elsewhere = desk_of(app, "boss@herald.example", PASSWORD, "herald")
    for desk, path, status in (
        (moderator, added, 403), (another, added, 404), (owner_elsewhere, added, 404), (owner_elsewhere, there, 404),
        (stranger, added, 303),
    ):  # fmt: skip
        answer = desk.open(path)
        assert answer.status_code == status
        assert "secret-path" not in answer.text and "whsec_" not in answer.text
        for act in ("test", "pause", "rotate", "remove"):
            assert desk.send(f"{path}/{act}").status_code == (403 if status == 303 else status)
    assert "Pause" in olga.open(added).text
    assert "Nothing yet." in olga.open(added).text

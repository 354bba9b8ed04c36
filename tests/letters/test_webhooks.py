"""Webhooks are told in order what happens, signed, and none is lost, whatever the receiver does."""

import threading
from collections.abc import Callable
from collections.abc import Iterator
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask

from commentsvc.cli import main
from commentsvc.keys import Keyring
from commentsvc.models.ids import from_text
from commentsvc.models.site import Site
from commentsvc.models.webhook import EVENTS
from commentsvc.moderators import reporting
from commentsvc.notifying import hook_delivering
from commentsvc.notifying import hook_signing
from commentsvc.notifying.hook_delivering import Delivered
from commentsvc.notifying.hook_delivering import deliver_due
from commentsvc.notifying.hook_guard import resolve
from commentsvc.notifying.hook_sending import send
from commentsvc.notifying.messenger import Messenger
from commentsvc.operators.retaining import Janitor
from commentsvc.people import hooking
from commentsvc.screening import policy
from tests.conftest import SECRET
from tests.conftest import Clock
from tests.conftest import Reader
from tests.rig.hooks import Hook
from tests.rig.receiver import DROP
from tests.rig.receiver import HANG
from tests.rig.receiver import Answer
from tests.rig.receiver import Receiver
from tests.rig.receiver import documented_check

Decide = Callable[..., Any]


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    """Give the application, without mail, that may reach this machine."""
    return make_app(WEBHOOKS_PRIVATE="on")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Give a receiver that takes everything."""
    receiver = Receiver()
    yield receiver
    receiver.stop()


@pytest.fixture
def hook(app: Flask, site: Site, mona: Any, clock: Clock, receiver: Receiver) -> Hook:
    """Give the webhook, which hears everything."""
    with app.app_context():
        wanted = hooking.Wanted(f"http://localhost:{receiver.port}/in?a=b", "json", EVENTS)
        return Hook(app, site, clock, hooking.add(site, wanted, True, clock()).id)


def test_what_happens_is_told_in_order_signed_and_without_addresses(
    hook: Hook, receiver: Receiver, rita: Reader, decide: Decide, checkout: Path
) -> None:
    first = rita.say("Well *said*.")
    decide("approve", first)
    rita.own("PATCH", first, json={"body": "Well said, https://x.example https://y.example"})
    with hook.app.app_context():
        reporting.report(hook.site, from_text(first) or 0, "spam", "x", "192.0.2.0/24", hook.outbox.keys, hook.clock())
    decide("approve", first)
    decide("spam", first)
    rita.own("DELETE", first)
    assert hook.deliver().sent == 7
    assert receiver.types() == [
        "comment.pending", "comment.approved", "comment.edited", "report.created", "comment.edited", "comment.spam",
        "comment.deleted",
    ]  # fmt: skip
    is_from_us = documented_check(checkout / "docs" / "webhooks.md", hook.clock().timestamp())
    secret = hook_signing.secret(hook.outbox.keys, hook.site, hook.webhook)
    for got in receiver.got:
        assert is_from_us(secret, got.headers, got.raw)
        assert not is_from_us(secret, got.headers, got.raw + b" ")
        assert got.path == "/in?a=b"
        assert got.headers["Host"] == f"localhost:{receiver.port}"
        assert got.headers["Content-Type"] == "application/json"
        # Taken back by now, so that nothing of it is told, whatever the event was.
        assert b"mail.example" not in got.raw and b"192.0.2" not in got.raw and b"said" not in got.raw
        assert got.body["comment"]["state"] == "deleted" and got.body["id"] == got.id
    assert len({got.id for got in receiver.got}) == 7
    told = receiver.got[1].body
    assert (told["from"], told["to"], told["by"]) == ("pending", "approved", "moderator")
    assert told["at"] == "2026-03-14T09:26:53Z"
    assert receiver.got[0].body["reasons"] == [policy.EVERYTHING]


def test_a_comment_is_told_as_it_is_when_it_is_sent(
    hook: Hook, receiver: Receiver, rita: Reader, decide: Decide
) -> None:
    comment = rita.say("Well *said*.")
    decide("approve", comment)
    hook.deliver()
    said = receiver.got[0].body["comment"]
    assert said["state"] == "approved"
    assert said["author"] == {"name": "Rita", "moderator": False}
    assert (said["html"], said["text"]) == ('<p dir="auto">Well <em>said</em>.</p>', "Well said.")
    assert said["thread"]["title"] == "The old bridge"
    assert receiver.got[0].body["links"]["desk"] == f"http://localhost:8080/moderate/gazette/comments/{comment}"


def test_what_a_receiver_said_of_a_comment_is_forgotten_with_it(hook: Hook, receiver: Receiver, rita: Reader) -> None:
    receiver.answers(413)
    comment = rita.say()
    hook.deliver()
    assert hook.log[0].words == "No. <b>"
    rita.own("DELETE", comment)
    assert [each.words for each in hook.log] == [None, None]


@pytest.mark.parametrize("way", [500, DROP])
def test_what_fails_holds_back_what_is_behind_it_and_is_told_again_under_its_id(
    hook: Hook, receiver: Receiver, rita: Reader, way: int | str
) -> None:
    receiver.answers(way, way)
    rita.say("One.")
    rita.say("Two.")
    assert hook.deliver().failed == 1
    assert hook.deliver(seconds=29).failed == 0
    assert hook.deliver(seconds=1).failed == 1
    assert hook.deliver(seconds=59) == Delivered()
    log = hook.log
    assert [(each.attempts, each.delivered) for each in log] == [(2, None), (0, None)]
    assert (log[0].status, log[0].words) in ((way, "No. <b>"), (None, log[0].words)) and log[0].words
    assert hook.deliver(seconds=1).sent == 2
    assert [got.body["comment"]["text"] for got in receiver.got] == ["One.", "One.", "One.", "Two."]
    assert len({got.id for got in receiver.got}) == 2
    assert [(each.status, each.words) for each in hook.log] == [(200, None)] * 2


def test_retry_after_is_heeded(hook: Hook, receiver: Receiver, rita: Reader) -> None:
    until = format_datetime(hook.clock() + timedelta(seconds=240), usegmt=True)
    for asked in ("120", until, "99999999999"):
        receiver.answers(Answer(429, {"Retry-After": asked}))
    rita.say()
    hook.deliver()
    for seconds in (119, 1, 119, 1):
        assert hook.deliver(seconds=seconds).failed == (seconds == 1)
    assert hook.deliver(hours=6).sent == 1


def test_what_fails_for_a_day_is_given_up_shown_and_told_again_when_asked(
    hook: Hook, receiver: Receiver, rita: Reader
) -> None:
    receiver.answers(*[500] * hook_delivering.MAX_ATTEMPTS)
    rita.say("One.")
    rita.say("Two.")
    rounds = [hook.deliver(hours=1) for _ in range(hook_delivering.MAX_ATTEMPTS)]
    assert [each.failed for each in rounds] == [1] * (hook_delivering.MAX_ATTEMPTS - 1) + [0]
    assert rounds[-1].parked == 1
    assert hook.deliver(hours=1).sent == 1
    parked = hook.log[0]
    assert parked.parked is not None and parked.status == 500
    assert hook.act(hooking.redeliver, parked.id)
    assert not hook.act(hooking.redeliver, parked.id)
    assert hook.deliver().sent == 1
    assert receiver.got[-1].id == receiver.got[0].id


def test_a_request_that_is_refused_for_good_holds_nothing_back_and_a_receiver_that_is_gone_is_left_alone(
    hook: Hook, receiver: Receiver, rita: Reader
) -> None:
    receiver.answers(400, 200, 410)
    for body in ("One.", "Two.", "Three.", "Four."):
        rita.say(body)
    done = hook.deliver()
    assert (done.sent, done.parked) == (1, 2)
    assert hook.webhook.paused is not None and hook.webhook.gone
    rita.say("Five, of which nobody hears.")
    assert hook.deliver(days=1) == Delivered()
    hook.act(hooking.set_paused, False)
    assert hook.deliver().sent == 1
    assert receiver.got[-1].body["comment"]["text"] == "Four."


def test_a_worker_that_dies_leaves_its_work_to_another_which_sends_it_under_the_same_id(
    hook: Hook, receiver: Receiver, rita: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def die(*_: Any) -> None:
        raise Killed

    def send_and_die(*arguments: Any) -> None:
        send(*arguments)
        raise Killed

    rita.say("One.")
    for step, dying in (("_take", die), ("write", die), ("send", send_and_die)):
        with monkeypatch.context() as killing:
            killing.setattr(hook_delivering, step, dying)
            with pytest.raises(Killed):
                hook.deliver()
        assert hook.deliver() == Delivered()
        hook.clock.advance(minutes=2)
    assert hook.deliver().sent == 1
    assert len(receiver.got) == 2
    assert receiver.got[0].id == receiver.got[1].id


def test_two_workers_tell_it_once(hook: Hook, receiver: Receiver, rita: Reader) -> None:
    rita.say("One.")
    others: list[Delivered] = []

    def meanwhile(host: str, port: int) -> list[str]:
        others.append(hook.deliver())
        return resolve(host, port)

    with hook.app.app_context():
        done = deliver_due(hook.outbox, hook.clock, meanwhile)
    assert done.sent == 1
    assert others == [Delivered()]
    assert len(receiver.got) == 1


def test_posting_does_not_wait_for_a_receiver_that_hangs(hook: Hook, receiver: Receiver, rita: Reader) -> None:
    receiver.answers(HANG)
    rita.say("One.")
    messenger = Messenger(hook.app.app_context, hook.outbox, hook.clock)
    with hook.app.app_context():
        messenger._send_out()
    assert receiver.is_hanging.wait(10)
    rita.say("Two.")
    assert [each.delivered for each in hook.log] == [None, None]
    thread = next(each for each in threading.enumerate() if each.name == "commentsvc-webhook")
    receiver.let_go.set()
    thread.join(10)
    assert hook.deliver(seconds=30).sent == 2


def test_while_secrets_change_each_of_them_signs(hook: Hook, receiver: Receiver, rita: Reader, checkout: Path) -> None:
    keys = hook.outbox.keys
    former = hook_signing.secret(keys, hook.site, hook.webhook)
    hook.act(hooking.rotate)
    secret = hook_signing.secret(keys, hook.site, hook.webhook)
    assert hook_signing.former_secret(keys, hook.site, hook.webhook, hook.clock()) == former != secret
    for hours in (0, 24):
        hook.clock.advance(hours=hours)
        rita.say()
        hook.deliver()
        got, check = receiver.got[-1], documented_check(checkout / "docs" / "webhooks.md", hook.clock().timestamp())
        assert check(secret, got.headers, got.raw)
        assert check(former, got.headers, got.raw) is (hours == 0)
    # The service's own secret is another one now, and the former is still accepted.
    changed = Keyring(("another secret that is also long enough", SECRET))
    headers = hook_signing.signed(changed, hook.site, hook.webhook, 1, b"{}", hook.clock())
    for right in (secret, hook_signing.secret(changed, hook.site, hook.webhook)):
        assert documented_check(checkout / "docs" / "webhooks.md", hook.clock().timestamp())(right, headers, b"{}")


def test_what_is_told_is_forgotten_after_a_month(hook: Hook, rita: Reader) -> None:
    rita.say()
    hook.deliver()
    janitor = Janitor(hook.app.app_context, hook.clock)
    assert janitor.look() == 0
    hook.clock.advance(days=30, seconds=1)
    assert janitor.look() == 1
    assert hook.log == []


def test_the_operator_adds_lists_and_removes_webhooks_and_the_worker_sends_them(
    hook: Hook, receiver: Receiver, rita: Reader, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    environ = {"DATABASE_URL": database_url, "SECRET_KEY": SECRET, "WEBHOOKS_PRIVATE": "on"}
    for name, value in environ.items():
        monkeypatch.setenv(f"COMMENTSVC_{name}", value)

    def run(*words: str) -> Any:
        return CliRunner().invoke(main, ["webhook", *words, "--site", "gazette"])

    added = run("add", f"http://127.0.0.1:{receiver.port}/secret-path", "--event", "comment.pending")
    assert "whsec_" in added.output, added.output
    listed = run("list").output
    assert len(listed.splitlines()) == 2 and "secret-path" not in listed
    rita.say()
    sent = CliRunner().invoke(main, ["worker", "--once"])
    assert "2 webhooks sent, 0 put off, 0 parked." in sent.output, sent.output
    assert run("remove", listed.splitlines()[1].split()[0]).exit_code == 0
    assert len(run("list").output.splitlines()) == 1
    assert "private" in CliRunner(env={"COMMENTSVC_WEBHOOKS_PRIVATE": "off"}).invoke(
        main, ["webhook", "add", "http://0x7f.1/", "--site", "gazette"]
    ).output  # fmt: skip
    assert run("add", "ftp://x.example/").exit_code == 2

"""Letters are delivered: none is lost, none goes out under a second Message-ID, whatever the mail server does."""

import errno
import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from commentsvc.models import letter as letters
from commentsvc.models.site import Site
from commentsvc.notifying import delivering
from commentsvc.notifying import parking
from commentsvc.notifying.delivering import delay_after
from commentsvc.notifying.postman import Postman
from commentsvc.refusals import DatabaseAway
from tests.conftest import Clock
from tests.conftest import Reader
from tests.rig.letters import MONA
from tests.rig.letters import RITA
from tests.rig.letters import SAM
from tests.rig.letters import Mail
from tests.rig.smtp import MailHost


def test_an_hours_outage_loses_and_doubles_nothing(
    mail: Mail, mona: Any, asked: str, rita: Reader, posted: Callable[..., str], app: Flask
) -> None:
    mail.host.stop()
    posted(rita, "One.")
    before = mail.host.message_ids[:]
    postman = Postman(app.app_context, mail.outbox, mail.clock)
    for _ in range(60):
        with app.app_context():
            postman.look()
        mail.clock.advance(minutes=1)
    back = MailHost()
    back.port = mail.host.port
    back._controller.port = mail.host.port
    back.start()
    try:
        for _ in range(70):
            with app.app_context():
                postman.look()
            mail.clock.advance(minutes=1)
    finally:
        back.stop()
    assert [one.recipient for one in back.arrived] == [MONA]
    assert all(one.sent is not None for one in mail.rows())
    assert len(set(back.message_ids + before)) == len(back.message_ids + before)


def test_a_worker_that_dies_after_the_250_sends_the_same_letter_once_more(
    mail: Mail, asked: str, rita: Reader, posted: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    mail.host.message_ids.clear()
    posted(rita, "One.", notify=True)

    class Killed(BaseException):
        pass

    def die(*_: Any) -> None:
        raise Killed

    for step in ("claim", "_written", "mark_sent"):
        with monkeypatch.context() as killing:
            killing.setattr(delivering.letters if step != "_written" else delivering, step, die)
            with pytest.raises(Killed):
                mail.deliver()
        # Nobody else takes it up before the lease has run out.
        if step != "claim":
            assert mail.deliver().sent == 0
        mail.clock.advance(minutes=10)
    assert mail.deliver().sent == 1
    first, second = mail.host.message_ids
    assert first == second
    assert mail.deliver().sent == 0


@pytest.mark.parametrize(("step", "again"), [("_written", 1), ("mark_sent", 0)])
def test_when_the_database_goes_away_and_comes_back_a_letter_neither_waits_nor_goes_twice(
    mail: Mail, rita: Reader, posted: Callable[..., str], app: Flask, monkeypatch: pytest.MonkeyPatch,
    step: str, again: int,
) -> None:  # fmt: skip
    posted(rita, "One.", notify=True)
    postman = Postman(app.app_context, mail.outbox, mail.clock)

    def away(*_: Any) -> None:
        raise DatabaseAway("gone")

    with app.app_context():
        with monkeypatch.context() as fault:
            fault.setattr(delivering.letters if step == "mark_sent" else delivering, step, away)
            for _ in range(2):
                with pytest.raises(DatabaseAway):
                    postman.look()
                fault.setattr(delivering.letters, "release", away)
        assert mail.deliver().sent == 0, "it is leased"
        assert postman.look().sent == again
        assert mail.deliver().sent == 0
    assert len(mail.host.message_ids) == 1
    assert all(row.sent is not None and row.leased_by is None for row in mail.rows())


def test_two_workers_send_a_letter_once(
    mail: Mail, rita: Reader, posted: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    posted(rita, notify=True)
    seen = letters.due_letters

    def then_another_is_faster(*arguments: Any) -> Any:
        found = seen(*arguments)
        monkeypatch.undo()
        assert mail.deliver().sent == 1
        return found

    monkeypatch.setattr(letters, "due_letters", then_another_is_faster)
    assert mail.deliver().sent == 0
    assert len(mail.host.arrived) == 1


def test_what_the_server_refuses_for_now_is_tried_again_and_what_it_refuses_for_good_is_parked(
    mail: Mail, site: Site, rita: Reader, sam: Reader, posted: Callable[..., str], app: Flask, clock: Clock
) -> None:
    sam.email = SAM
    mail.host.refuse = {RITA: "451 greylisted,\r come back", SAM: "550 no such mailbox"}
    posted(rita, notify=True)
    posted(sam, notify=True)
    done = mail.deliver()
    assert (done.put_off, done.parked, done.away) == (1, 1, None)
    with app.app_context():
        (parked,) = parking.look(site)
    assert (parked.recipient, parked.error) == (SAM, "550 no such mailbox")
    mail.host.refuse = {}
    assert mail.deliver_later(seconds=59).sent == 0
    assert mail.deliver_later(seconds=1).sent == 1
    with app.app_context():
        assert parking.send_again(site, [parked.id], clock()) == 1
    assert mail.deliver().sent == 1
    assert [delay_after(n) for n in (1, 2, 3, 99)] == [timedelta(minutes=n) for n in (1, 2, 4, 60)]


def test_a_letter_that_cannot_be_written_is_parked_and_keeps_no_other(
    mail: Mail, rita: Reader, posted: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    posted(rita, "One.", notify=True)
    written = delivering._written
    monkeypatch.setattr(delivering, "_written", lambda *_: 1 / 0)
    assert mail.deliver().parked == 1
    monkeypatch.setattr(delivering, "_written", written)
    posted(rita, "Two.", notify=True)
    assert mail.deliver().sent == 1
    assert [row.error for row in mail.rows() if row.parked] == ["it can't be written: the service's log tells why"]


def test_a_letter_that_the_machine_lacks_files_for_is_tried_again(
    mail: Mail, rita: Reader, posted: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def without_files(*_: object) -> None:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    posted(rita, notify=True)
    written = delivering._written
    monkeypatch.setattr(delivering, "_written", without_files)
    assert mail.deliver().put_off == 1
    monkeypatch.setattr(delivering, "_written", written)
    assert mail.deliver_later(minutes=1).sent == 1


def test_a_server_that_never_lets_a_letter_in_has_it_parked_after_days(
    mail: Mail, rita: Reader, posted: Callable[..., str]
) -> None:
    mail.host.refuse = {"*": "450 later"}
    posted(rita, notify=True)
    start, days = mail.clock.now, 0.0
    while mail.rows()[0].parked is None:
        assert mail.deliver_later(hours=1).sent == 0
        days = (mail.clock.now - start) / timedelta(days=1)
    assert 2.5 < days < 4


@pytest.mark.parametrize("fault", ["hangs", "drops"])
def test_a_server_that_does_not_answer_gets_the_same_letter_again(
    mail: Mail, rita: Reader, posted: Callable[..., str], fault: str
) -> None:
    setattr(mail.host, fault, True)
    posted(rita, notify=True)
    assert mail.deliver().away is not None
    # Posting waits for no mail server.
    posted(rita, "Another.", notify=True)
    setattr(mail.host, fault, False)
    assert mail.deliver_later(minutes=1).sent == 2
    assert mail.host.message_ids[0] in mail.host.message_ids[1:]
    assert len(set(mail.host.message_ids)) == 2

"""Akismet, where an operator wants it: asked after the reader has an answer, believed by the log, never waited for."""

from collections.abc import Callable
from collections.abc import Iterator
from urllib.parse import parse_qsl

import pytest
from flask import Flask

from commentsvc.notifying.asking_akismet import ask_due
from commentsvc.people import managing
from commentsvc.settings import BadSetting
from commentsvc.web.service import EXTENSION
from tests.conftest import ARTICLE
from tests.conftest import GAZETTE
from tests.conftest import Clock
from tests.conftest import Reader
from tests.rig.receiver import Answer
from tests.rig.receiver import Receiver
from tests.web.test_abuse import judged


@pytest.fixture
def akismet() -> Iterator[Receiver]:
    """Give a listener in Akismet's place."""
    listener = Receiver()
    yield listener
    listener.stop()


@pytest.fixture
def asking(make_app: Callable[..., Flask], akismet: Receiver, change_site: Callable) -> Flask:
    """Give the application that asks it; the Gazette holds nothing by itself."""
    change_site(hold="none")
    return make_app(AKISMET_URL=f"http://the-key@127.0.0.1:{akismet.port}")


@pytest.fixture
def rita(asking: Flask) -> Reader:
    """Give Rita, who writes under the Gazette's articles."""
    return Reader(asking.test_client(), "Rita", email="rita@mail.example")


@pytest.fixture
def ask(asking: Flask, clock: Clock) -> Callable[[], int]:
    """Give a function that asks what is due."""

    def act() -> int:
        with asking.app_context():
            return ask_due(asking.extensions[EXTENSION].settings, clock)

    return act


def says(akismet: Receiver, *words: str) -> None:
    akismet.answers(*(Answer(body=word.encode()) for word in words))


def told(akismet: Receiver) -> list[tuple[str, str]]:
    """Return what was asked and told, and about which text."""
    return [(one.path, dict(parse_qsl(one.raw.decode()))["comment_content"]) for one in akismet.got]


def test_the_reader_never_waits_and_the_answer_decides(
    asking: Flask, akismet: Receiver, rita: Reader, ask: Callable
) -> None:
    good, bad = rita.post("It leans."), rita.post("Buy my pills.")
    assert [one.status_code for one in (good, bad)] == [202, 202]
    good, bad = good.json["comment"]["id"], bad.json["comment"]["id"]
    assert judged(asking, good) == ("pending", ["awaiting-check"])
    assert akismet.got == []
    says(akismet, "false", "true")
    assert ask() == 2
    assert [judged(asking, one)[0] for one in (good, bad)] == ["approved", "spam"]
    assert rita.own("GET", bad).json["comment"]["state"] == "pending", "who sends spam learns nothing"
    assert len(rita.thread()["comments"]) == 1
    assert dict(parse_qsl(akismet.got[0].raw.decode())) | {"comment_date_gmt": "", "user_ip": ""} == {
        "api_key": "the-key", "blog": GAZETTE, "blog_lang": "en", "blog_charset": "UTF-8", "user_ip": "",
        "permalink": ARTICLE, "comment_type": "comment", "comment_author": "Rita", "comment_content": "It leans.",
        "comment_date_gmt": "",
    }, "and never the address of mail"  # fmt: skip
    assert ask() == 0
    with asking.app_context():
        assert not managing.verify_decisions()["gazette"]


def test_what_the_policy_holds_stays_held_and_spam_leaves_the_queue(
    asking: Flask, akismet: Receiver, rita: Reader, ask: Callable, change_site: Callable
) -> None:
    change_site(hold="all")
    good, bad = rita.say("It leans."), rita.say("Buy my pills.")
    says(akismet, "false", "true")
    ask()
    assert judged(asking, good) == ("pending", ["everything"])
    assert judged(asking, bad) == ("spam", ["everything"])


@pytest.mark.parametrize(
    "answer", [Answer(body=b"invalid"), Answer(500), Answer("drop"), Answer(302, {"Location": "/1.1/elsewhere"})]
)
def test_no_answer_holds_and_is_asked_again_later(
    asking: Flask, akismet: Receiver, rita: Reader, ask: Callable, clock: Clock, answer: Answer,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    comment = rita.say("It leans.")
    akismet.answers(answer)
    assert ask() == 0
    assert judged(asking, comment)[0] == "pending"
    assert "the-key" not in caplog.text
    assert ask() == 0, "it rests first"
    assert len(akismet.got) == 1, "no redirect is followed"
    says(akismet, "false")
    clock.advance(seconds=31)
    assert ask() == 1
    assert judged(asking, comment)[0] == "approved"


def test_moderators_are_faster_and_tell_where_they_see_it_otherwise(
    asking: Flask, akismet: Receiver, rita: Reader, ask: Callable, clock: Clock, decide: Callable
) -> None:
    first = rita.say("Looked at before.")
    decide("reject", first)
    assert ask() == 0
    assert judged(asking, first)[0] == "rejected"
    missed, wronged, agreed = rita.say("Pills."), rita.say("Bridges."), rita.say("More pills.")
    says(akismet, "false", "true", "true")
    assert ask() == 3
    decide("spam", missed)
    decide("approve", wronged)
    decide("delete", agreed)
    assert ask() == 0, "a moderator may still take it back"
    clock.advance(minutes=2)
    assert ask() == 2
    assert sorted(told(akismet)[3:]) == [("/1.1/submit-ham", "Bridges."), ("/1.1/submit-spam", "Pills.")]
    assert [judged(asking, one)[0] for one in (missed, wronged, agreed)] == ["spam", "approved", "deleted"]


def test_a_text_that_was_written_anew_or_taken_back_is_not_approved(
    asking: Flask, akismet: Receiver, rita: Reader, ask: Callable
) -> None:
    edited, gone = rita.say("It leans."), rita.say("Never mind.")
    assert rita.own("PATCH", edited, json={"body": "Buy my pills."}).status_code == 200
    assert rita.own("DELETE", gone).status_code == 204
    says(akismet, "false")
    ask()
    assert [text for _, text in told(akismet)] == ["Buy my pills."]
    assert judged(asking, edited)[0] == "pending"


@pytest.mark.parametrize("address", ["https://rest.akismet.com", "key", "ftp://key@host", "https://key@host/path"])
def test_an_address_that_can_not_be_used_is_told_at_the_start(make_app: Callable, address: str) -> None:
    with pytest.raises(BadSetting, match="COMMENTSVC_AKISMET_URL"):
        make_app(AKISMET_URL=address)

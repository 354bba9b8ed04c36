"""Letters: written with what causes them, sent once, and never to an address that has not asked for them."""

from collections.abc import Callable
from typing import Any

from commentsvc.models.site import Site
from commentsvc.notifying import telling
from tests.conftest import Clock
from tests.conftest import Reader
from tests.rig.letters import BASE
from tests.rig.letters import MONA
from tests.rig.letters import RITA
from tests.rig.letters import SAM
from tests.rig.letters import Mail
from tests.rig.letters import asking
from tests.rig.letters import link_in
from tests.rig.letters import stored


def subjects(mail: Mail, recipient: str) -> list[str]:
    return [str(one.message["Subject"]) for one in mail.to(recipient)]


def test_an_address_gets_one_letter_that_asks_and_nothing_else_before_it_is_confirmed(
    mail: Mail, mona: Any, asked: str, sam: Reader, posted: Callable[..., str], decided: Callable[..., None]
) -> None:
    assert subjects(mail, RITA) == ["Please confirm your address for The Gazette"]
    letter = mail.to(RITA)[0]
    # Nothing that somebody typed goes to an address which they may only have guessed.
    for part in ("plain", "html"):
        assert not any(typed in letter.part(part) for typed in ("Rita", "Well said", "old bridge"))
    assert letter.message["Auto-Submitted"] == "auto-generated"
    assert letter.message["From"] == "The Gazette <comments@localhost>"
    assert "List-Unsubscribe" not in letter.message
    decided("approve", asked)
    decided("approve", posted(sam, "No.", parent=asked))
    mail.deliver_later(minutes=5)
    assert len(mail.to(RITA)) == 1


def test_a_reply_is_told_once_it_is_approved_and_the_time_to_take_that_back_is_over(
    mail: Mail, mona: Any, proven: str, sam: Reader, posted: Callable[..., str], decided: Callable[..., None]
) -> None:
    decided("approve", proven)
    mail.deliver_later(seconds=59)
    assert mail.to(RITA) == []
    mail.deliver_later(seconds=1)
    assert subjects(mail, RITA) == ["Your comment is published: The old bridge"]
    reply = posted(sam, "It *is* not.\n\nhttps://sam.example/", parent=proven)
    mail.deliver_later(hours=1)
    assert len(mail.to(RITA)) == 1
    decided("approve", reply)
    mail.deliver_later(seconds=60)
    letter = mail.to(RITA)[1]
    assert letter.message["Subject"] == "Sam replied to your comment: The old bridge"
    assert "It is not. https://sam.example/" in letter.part("plain")
    assert f"{BASE}/sites/gazette/thread?" in letter.part("plain")
    assert link_in(letter, "unsubscribe", BASE) in str(letter.message["List-Unsubscribe"])
    # Approved once more, it is still the same event.
    decided("delete", reply)
    decided("approve", reply)
    mail.deliver_later(hours=1)
    assert subjects(mail, RITA)[2:] == []
    assert mail.to(SAM) == []


def test_what_is_decided_otherwise_within_a_minute_was_never_told(
    mail: Mail, mona: Any, proven: str, decided: Callable[..., None]
) -> None:
    decided("approve", proven)
    mail.clock.advance(seconds=30)
    decided("reject", proven)
    mail.deliver_later(seconds=40)
    assert mail.to(RITA) == []
    mail.deliver_later(seconds=30)
    assert subjects(mail, RITA) == ["Your comment was not approved: The old bridge"]
    decided("delete", proven)
    mail.deliver_later(hours=1)
    assert len(mail.to(RITA)) == 1


def test_nobody_hears_of_their_own_reply_or_of_spam(
    mail: Mail, mona: Any, proven: str, rita: Reader, sam: Reader, posted: Callable[..., str],
    decided: Callable[..., None],
) -> None:  # fmt: skip
    rita.email = "Rita@Mail.example"
    decided("approve", proven)
    mail.deliver_later(minutes=2)
    decided("approve", posted(rita, "And one more thing.", parent=proven))
    spam = posted(sam, "Cheap watches.", parent=proven)
    decided("spam", spam)
    mail.deliver_later(hours=1)
    assert len(mail.to(RITA)) == 1


def test_a_thousand_posts_with_other_peoples_addresses_cause_few_letters(
    mail: Mail, site: Site, proven: str, clock: Clock, rita: Reader, decided: Callable[..., None]
) -> None:
    # Rita's is proven by now, and still nobody else can subscribe it.
    stranger = Reader(rita.client, "Nobody", RITA)
    comment = stranger.say("Hello.")
    decided("approve", comment)

    def post(session: Any, number: int) -> None:
        one = stored(session, site, comment)
        session.expunge(one)
        one.email = RITA if number % 2 else f"victim{number % 20}@mail.example"
        one.id += number
        telling.on_posted(session, site, one, asking(True, (), "198.51.100.0/24"), clock())

    for number in range(1000):
        mail.write(post, number)
    mail.deliver()
    got = [str(one.message["Subject"]) for one in mail.host.arrived if one.recipient != MONA]
    assert set(got) == {"Please confirm your address for The Gazette"}
    assert len(got) <= 10
    assert len(mail.to(RITA)) <= 2


def test_moderators_hear_that_comments_wait_and_not_of_each(
    mail: Mail, mona: Any, rita: Reader, posted: Callable[..., str], decided: Callable[..., None]
) -> None:
    first = posted(rita, "One.")
    posted(rita, "Two.")
    mail.deliver()
    assert subjects(mail, MONA) == ["2 comments wait on The Gazette"]
    posted(rita, "Three.")
    mail.deliver_later(minutes=9)
    assert len(mail.to(MONA)) == 1
    mail.deliver_later(minutes=1)
    assert subjects(mail, MONA)[1:] == ["3 comments wait on The Gazette"]
    assert all(f"{BASE}/moderate/gazette/queue" in one.part("plain") for one in mail.to(MONA))
    # What nobody waits for any more is told to nobody.
    mail.clock.advance(minutes=1)
    posted(rita, "Four.")
    for comment in (first, *list(rita.receipts)[1:]):
        decided("approve", comment)
    assert mail.deliver_later(hours=1).dropped == 1
    assert len(mail.to(MONA)) == 2


def test_a_digest_comes_at_the_sites_hour_and_on_its_own_day(
    mail: Mail, mona: Any, change_site: Callable[..., Site], rita: Reader, clock: Clock
) -> None:
    change_site(tell_moderators="digest", digest_hour=18)
    for words in ("One.", "Two."):
        rita.say(words)
    mail.deliver_later(hours=8)
    assert mail.to(MONA) == []
    mail.deliver_later(hours=1)
    assert subjects(mail, MONA) == ["2 comments wait on The Gazette"]
    mail.deliver_later(days=1)
    assert len(mail.to(MONA)) == 1

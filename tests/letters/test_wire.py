"""Letters as bytes: private and with a password where the server asks for it, and with nothing in them but ours."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC
from datetime import datetime
from datetime import timedelta
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from commentsvc import settings
from commentsvc.models.comment import Comment
from commentsvc.models.comment import Revision
from commentsvc.models.ids import from_text
from commentsvc.models.letter import COMMENT
from commentsvc.models.letter import write_letter
from commentsvc.models.site import Site
from commentsvc.models.subscription import REPLIES
from commentsvc.models.subscription import mailbox_for
from commentsvc.models.subscription import subscription_for
from commentsvc.models.thread import Thread
from commentsvc.notifying.mailing import Mailer
from commentsvc.notifying.mailing import Refused
from commentsvc.notifying.mailing import Unreachable
from commentsvc.notifying.telling import on_posted
from commentsvc.settings import BadSetting
from commentsvc.settings import MailServer
from commentsvc.text.rendering import render
from tests.conftest import SECRET
from tests.conftest import Clock
from tests.conftest import Reader
from tests.rig.letters import Mail
from tests.rig.letters import asking
from tests.rig.smtp import PASSWORD
from tests.rig.smtp import USER
from tests.rig.smtp import MailHost
from tests.rig.smtp import make_certificate
from tests.text.hostile import MARKUP
from tests.text.hostile import STRUCTURE
from tests.text.hostile import TARGETS

HEADER_BREAKERS = [
    "A\r\nBcc: victim@mail.example",
    "A\nSubject: mine\n\n<html>",
    "A\r\n\r\nbody",
    "=?utf-8?q?=0D=0ABcc:_victim@mail.example?=",
    "A\u2028Bcc: victim@mail.example",
    "A\u0085Bcc: victim@mail.example",
    '"><a href="https://evil.example/">x</a>',
    "{{7*7}}{% include 'stop.txt' %}",
    "\u202eelpmaxe.live\u202c",
    "x" * 300,
]
TAGS = {"html", "head", "meta", "title", "body", "div", "p", "a", "strong", "bdi", "blockquote"}
ADDED_BY_THE_HOST = ("X-Peer", "X-MailFrom", "X-RcptTo")
HARMLESS = ("lang", "charset", "name", "content", "style", "dir")
OURS = "https://comments.gazette.example/"


class Resources(HTMLParser):
    """Collects whatever a mail program would load, follow or run."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.others: list[tuple[str, str | None]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take note of an element."""
        self.tags.add(tag)
        for name, value in attrs:
            if name == "href":
                self.links.append(value or "")
            elif name not in HARMLESS or "url(" in (value or "") or "@import" in (value or ""):
                self.others.append((name, value))


@pytest.fixture
def app(make_app: Callable[..., Flask], host: MailHost) -> Flask:
    """Give the application, with letters and on https."""
    return make_app(
        SMTP_URL=f"smtp://127.0.0.1:{host.port}", SMTP_TIMEOUT="1", BASE_URL=OURS, MAIL_FROM="box@gazette.example"
    )


def test_nothing_hostile_reaches_a_header_or_the_html(
    mail: Mail, site: Site, rita: Reader, sam: Reader, clock: Clock
) -> None:
    parent, reply = rita.say("Mine."), sam.say("A reply.")
    pieces = list(dict.fromkeys([*HEADER_BREAKERS, *TARGETS, *MARKUP, *STRUCTURE]))

    def one(session: Any, piece: str) -> None:
        # As an import or an older version may have left it in the database, past every check.
        clean = piece.replace("\x00", " ").encode(errors="replace").decode()
        comment = session.get_one(Comment, (site.id, from_text(reply)))
        thread = session.get_one(Thread, (site.id, comment.thread_id))
        comment.state, comment.name, thread.title = "approved", clean[:80], clean[:300]
        revision = session.get_one(Revision, (site.id, comment.id, 1))
        revision.source = clean
        # What no renderer makes, and what ours makes of it.
        revision.html = clean if len(clean) < 1000 else render(clean).html
        session.get_one(Site, site.id).name = clean[:200]
        mailbox = mailbox_for(session, site, "rita@mail.example", clock())
        followed = subscription_for(session, site, mailbox, REPLIES, from_text(parent) or 0, clock(), clock())
        number = pieces.index(piece)
        about = {"comment_id": comment.id, "subscription_id": followed.id}
        write_letter(session, site, COMMENT, number, mailbox.email, clock(), clock(), **about)

    names = [
        "Subject", "From", "To", "Date", "Message-ID", "Auto-Submitted", "X-Auto-Response-Suppress", "Content-Language",
        "List-Unsubscribe", "List-Unsubscribe-Post", "MIME-Version", "Content-Type",
    ]  # fmt: skip
    for piece in pieces:
        mail.write(one, piece)
        assert mail.deliver().sent == 1, piece
        letter = mail.host.arrived[-1]
        given = [name for name in letter.message if name not in ADDED_BY_THE_HOST]
        assert sorted(given) == sorted(names), piece
        assert letter.message["To"] == letter.recipient == "rita@mail.example"
        assert letter.message["From"].addresses[0].addr_spec == letter.sender == "box@gazette.example"
        assert len(str(letter.message["Subject"])) <= 200
        assert not set(str(letter.message["Subject"])) & set("\r\n\u2028\u0085\u202e")
        found = Resources(letter.part("html"))
        assert found.tags <= TAGS, piece
        assert len(found.links) == 3 and all(link.startswith(OURS) for link in found.links), piece
        assert found.others == [], piece
        assert letter.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


@pytest.mark.parametrize("address", ["=?utf-8?q?=0D=0ABcc=3Ax?=@mail.example", "rita@а.example"])
def test_an_address_that_could_forge_a_header_is_written_to_by_nobody(
    mail: Mail, site: Site, rita: Reader, clock: Clock, address: str
) -> None:
    comment = rita.say("Mine.")

    def ask(session: Any) -> None:
        found = session.get_one(Comment, (site.id, from_text(comment)))
        found.email = address
        on_posted(session, site, found, asking(True), clock())

    mail.write(ask)
    assert mail.deliver().parked == 1
    assert mail.host.message_ids == []


def test_an_address_of_other_letters_than_ascii_is_sent_to(mail: Mail, site: Site, rita: Reader, clock: Clock) -> None:
    rita.say("Mine.", email="rita@müller.example", notify=True)
    assert mail.deliver().sent == 1
    assert mail.host.arrived[0].recipient == "rita@xn--mller-kva.example"


def test_the_password_and_the_letter_go_over_a_connection_that_was_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = make_certificate(tmp_path)
    host = MailHost(certificate)
    host.start()
    message = EmailMessage()
    message["To"], message["From"], message["Subject"] = "rita@mail.example", "box@gazette.example", "Hello"
    message.set_content("Hello.")

    def send(url: str) -> None:
        server = settings.load({"COMMENTSVC_SMTP_URL": url}).smtp_url
        assert server is not None
        mailer = Mailer(server, 2, "gazette.example")
        try:
            mailer.send(message, "box@gazette.example", "rita@mail.example")
        finally:
            mailer.close()

    right = f"{USER}:{PASSWORD.replace(' ', '%20')}"
    address = f"localhost:{host.port}?starttls=on"
    try:
        # Nobody vouches for the certificate: neither password nor letter is told.
        with pytest.raises(Unreachable, match="certificate"):
            send(f"smtp://{right}@{address}")
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        with pytest.raises(Unreachable, match="535"):
            send(f"smtp://{USER}:wrong@{address}")
        with pytest.raises((Refused, Unreachable), match="53"):
            send(f"smtp://{address}")
        assert host.arrived == []
        send(f"smtp://{right}@{address}")
    finally:
        host.stop()
    (letter,) = host.arrived
    assert letter.was_private
    assert letter.user == USER


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("", None),
        ("smtp://localhost", MailServer("localhost", 25, None, None, settings.PLAIN)),
        ("smtp://mail.example", MailServer("mail.example", 25, None, None, settings.STARTTLS)),
        ("smtp://mail.example:26?starttls=off", MailServer("mail.example", 26, None, None, settings.PLAIN)),
        ("smtp://me:a%40b@mail.example", MailServer("mail.example", 587, "me", "a@b", settings.STARTTLS)),
        ("smtps://me:pw@mail.example", MailServer("mail.example", 465, "me", "pw", settings.IMPLICIT)),
    ],
)
def test_the_address_of_a_mail_server_says_how_it_is_reached(url: str, server: MailServer | None) -> None:
    assert settings.load({"COMMENTSVC_SMTP_URL": url}).smtp_url == server


@pytest.mark.parametrize("url", ["mail.example", "http://mail.example", "smtp://me:pw@mail.example?starttls=off"])
def test_a_mail_server_that_cannot_be_used_is_refused_at_the_start(url: str) -> None:
    with pytest.raises(BadSetting) as caught:
        settings.load({"COMMENTSVC_SMTP_URL": url})
    assert "pw" not in str(caught.value)


def test_a_worker_killed_in_the_middle_loses_nothing(
    mail: Mail, site: Site, rita: Reader, clock: Clock, database_url: str
) -> None:
    # The other program goes by the clock of the wall.
    clock.now = datetime.now(UTC)
    rita.say("Mine.", notify=True)
    mail.host.hangs = True
    environ = os.environ | {
        "COMMENTSVC_DATABASE_URL": database_url,
        "COMMENTSVC_SECRET_KEY": SECRET,
        "COMMENTSVC_SMTP_URL": f"smtp://127.0.0.1:{mail.host.port}",
        "COMMENTSVC_BASE_URL": OURS,
        "COMMENTSVC_MAIL_FROM": "box@gazette.example",
        "COMMENTSVC_SMTP_TIMEOUT": "60",
    }
    with subprocess.Popen([sys.executable, "-m", "commentsvc.cli", "worker"], env=environ) as worker:
        try:
            assert mail.host.heard.wait(30)
        finally:
            worker.send_signal(signal.SIGKILL)
    mail.host.hangs = False
    clock.now = datetime.now(UTC)
    assert mail.deliver().sent == 0
    clock.now += timedelta(minutes=11)
    assert mail.deliver().sent == 1
    assert len(mail.host.message_ids) == 2
    assert len(set(mail.host.message_ids)) == 1

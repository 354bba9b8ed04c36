"""Letters and the pages behind their links in the reader's language: all of it, whole, and English where it lacks."""

import email
import email.policy
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from commentsvc.database import transaction
from commentsvc.models import letter as letters
from commentsvc.models.comment import Comment
from commentsvc.models.comment import Revision
from commentsvc.models.ids import from_text
from commentsvc.models.invitation import Invitation
from commentsvc.models.letter import Letter
from commentsvc.models.moderator import Moderator
from commentsvc.models.site import Site
from commentsvc.models.subscription import KINDS
from commentsvc.models.subscription import REPLIES
from commentsvc.models.subscription import Mailbox
from commentsvc.models.subscription import mailbox_for
from commentsvc.models.subscription import subscription_for
from commentsvc.models.thread import Thread
from commentsvc.notifying import languages
from commentsvc.notifying.wording import templates
from commentsvc.notifying.writing import FACTS
from commentsvc.notifying.writing import write
from commentsvc.resources import PACKAGE
from tests.conftest import ARTICLE
from tests.conftest import Reader
from tests.letters.test_wire import HEADER_BREAKERS
from tests.letters.test_wire import Resources
from tests.rig.letters import BASE
from tests.rig.letters import RITA
from tests.rig.letters import Mail
from tests.rig.letters import link_in
from tests.rig.plain_browser import PlainBrowser
from tests.rig.plain_browser import words_of

OURS = ("en", "de", "es", "fr", "it", "nl", "pl", "pt")
HEADERS = {
    "Subject", "From", "To", "Date", "Message-ID", "Auto-Submitted", "X-Auto-Response-Suppress", "Content-Language",
    "List-Unsubscribe", "MIME-Version", "Content-Type",
}  # fmt: skip
TO_MODERATORS = (letters.PENDING, letters.DIGEST, letters.WEEKLY)


def sentences() -> set[tuple[str, ...]]:
    """Return all that templates say: the English, and that of many where a number is in it."""
    folders = ("letters", "mailbox")
    paths = [path for name in folders for path in (PACKAGE / "templates" / name).iterdir()]
    paths.append(PACKAGE / "templates" / "thread" / "followed.html")
    found = set()
    for path in paths:
        for _, _, said in templates().extract_translations(path.read_text()):  # pyright: ignore
            found.add((said,) if isinstance(said, str) else tuple(one for one in said if isinstance(one, str)))
    return found


def test_every_language_says_everything_with_the_same_names_in_it() -> None:
    assert set(languages.languages()) == set(OURS)
    said = sentences()
    assert len(said) > 80
    for language in OURS[1:]:
        catalogue = languages.read_catalogue(languages.FOLDER / language / languages.FILE)
        missing = {one for one in said if one[0] not in catalogue.messages}
        assert not missing, (language, missing)
        # What no template says any more is of no use to a translator.
        assert catalogue.messages.keys() == {one[0] for one in said}, language
        for one in said:
            forms = catalogue.messages[one[0]]
            for form in forms:
                assert set(re.findall(r"%\(\w+\)s", form)) <= set(re.findall(r"%\(\w+\)s", "".join(one)))
            assert set(re.findall(r"%\(\w+\)s", forms[-1])) == set(re.findall(r"%\(\w+\)s", one[-1])), (language, one)
            shapes = {catalogue.form_of(number) for number in range(200)}
            assert len(forms) == (len(shapes) if len(one) > 1 else 1), (language, one)


@pytest.mark.parametrize(
    ("header", "fallback", "language"),
    [
        ("de", "en", "de"),
        ("de-AT, en;q=0.9", "en", "de"),
        ("DE-at", None, "de"),
        ("sv, da;q=0.9, fr;q=0.5, de;q=0.7", "en", "de"),
        ("en;q=0.5, pl", "de", "pl"),
        ("pt-BR,pt;q=0.9,en;q=0.8", None, "pt"),
        ("zh-Hant-TW, nl-x-private;q=0.1", None, "nl"),
        ("en-GB,en;q=0.9,de;q=0.8", "de", "en"),
        ("de;q=0, it", "de", "it"),
        ("sv", "fr-CA", "fr"),
        ("*", "fr", "fr"),
        ("", "es", "es"),
        (None, "nl_BE", "nl"),
        (None, None, "en"),
        (None, "tlh", "en"),
        ("de;q=x, ;;;, fr;q=0.3", "en", "fr"),
        ("../../etc/passwd", "en", "en"),
        ("a," * 5000 + "de", "en", "en"),
    ],
)
def test_a_reader_gets_the_first_language_that_we_have_of_those_they_ask_for(
    header: str | None, fallback: str | None, language: str
) -> None:
    assert languages.wanted_language(header, fallback) == language


def test_numbers_take_the_form_of_their_language() -> None:
    def days(language: str, *numbers: int) -> list[str]:
        template = templates().get_template("invitation.txt")
        facts = {"site": "x", "role": "owner", "link": "x"} | languages.words(language)
        return [re.findall(r"\d+ \w+|jeden \w+|jour\w*", template.render(facts, days=n))[-1] for n in numbers]

    assert days("de", 2, 5) == ["2 Tage", "5 Tage"]
    assert days("pl", 1, 3, 22) == ["jeden dzień", "3 dni", "22 dni"]
    box = templates().from_string("{% trans count=n, email=1 %}At {{ email }} you get letters about this:"
                                  "{% pluralize %}At {{ email }} you get letters about these {{ count }} things:"
                                  "{% endtrans %}")  # fmt: skip
    assert [box.render(languages.words("fr"), n=n)[-7:-2] for n in (1, 2)] == ["sujet", "ujets"]


def test_what_a_catalogue_lacks_or_says_wrongly_is_said_in_english(tmp_path: Path) -> None:
    path = tmp_path / languages.FILE
    path.write_text(
        'msgid ""\nmsgstr "Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
        'msgid "Good %(day)s"\nmsgstr "Guten %(nacht)s"\n\n'
        'msgid "Stop %(it)s"\nmsgstr "Stopp %(it"\n\n'
        'msgid "Link"\nmsgstr "<a href=x>"\n\n'
        '#, fuzzy\nmsgid "Maybe"\nmsgstr "Vielleicht"\n\n'
        'msgid "Empty"\nmsgstr ""\n\n'
        'msgid "One %(thing)s"\nmsgid_plural "%(num)s things"\nmsgstr[0] "Ein Ding"\nmsgstr[1] ""\n\n'
        '# A sentence\n# on lines.\nmsgid ""\n"Two "\n"lines"\nmsgstr ""\n"Zwei \\"Zeilen\\""\n'
    )
    catalogue = languages.read_catalogue(path)
    for message in ("Good %(day)s", "Stop %(it)s", "Link", "Maybe", "Empty", "Never heard of"):
        assert catalogue.say(message) == message
    assert catalogue.say("Two lines") == 'Zwei "Zeilen"'
    assert [catalogue.count("One %(thing)s", "%(num)s things", n) for n in (1, 2)] == [
        "One %(thing)s",
        "%(num)s things",
    ]


def test_every_kind_of_letter_is_ours_in_every_language_whatever_is_put_into_it(
    app: Flask, mail: Mail, mona: Moderator, site: Site, rita: Reader, sam: Reader
) -> None:
    mine, reply = (from_text(one) or 0 for one in (rita.say("Mine."), sam.say("A reply.")))
    mail.clock.advance(days=3)
    now = mail.clock()
    subjects: dict[str, set[str]] = {}
    with app.app_context(), transaction() as session:
        comment = session.get_one(Comment, (site.id, reply))
        thread = session.get_one(Thread, (site.id, comment.thread_id))
        house = session.get_one(Site, site.id)
        offer = Invitation(
            site_id=site.id, id=5, email=RITA, role="viewer", token_hash=b"x", created=now, ends=now + timedelta(days=2)
        )
        session.add(offer)
        mailbox_for(session, site, RITA, now)
        mailbox = session.query(Mailbox).one()
        cases = [(letters.CONFIRM, kind, 0) for kind in KINDS] + [(letters.COMMENT, kind, 0) for kind in KINDS]
        cases += [(letters.APPROVED, REPLIES, 0), (letters.REJECTED, REPLIES, 0), (letters.INVITATION, None, 5)]
        cases += [(letters.RECOVERY, None, 0), (letters.PENDING, None, 0), (letters.DIGEST, None, 0)]
        cases += [(letters.WEEKLY, None, 202612)]
        assert {kind for kind, _, _ in cases} == FACTS.keys()
        mailbox.proven, house.weekly = now, True
        for language in OURS:
            # A moderator's letter is in the site's language, a reader's in their own.
            house.language = language if language != "en" else "tlh"
            for place, (kind, about, event_id) in enumerate(cases):
                piece = HEADER_BREAKERS[place % len(HEADER_BREAKERS)]
                title = piece if place % 4 else None
                comment.name, thread.title, house.name = piece[:80], title, piece[:200]
                session.get_one(Revision, (site.id, reply, 1)).html = piece
                comment.state = "rejected" if kind == letters.REJECTED else "approved"
                confirmed = None if kind == letters.CONFIRM else now
                followed = subscription_for(session, site, mailbox, about or REPLIES, mine, confirmed, now, language)
                followed.confirmed = confirmed
                session.flush()
                letter = Letter(
                    site_id=site.id, id=place + 1, kind=kind, event_id=event_id, recipient=RITA, comment_id=reply,
                    subscription_id=followed.id if about else None, created=now,
                )  # fmt: skip
                if kind in TO_MODERATORS:
                    letter.recipient, letter.moderator_id = mona.email, mona.id
                made = write(session, mail.outbox, letter, now)
                assert made is not None, (language, kind, about)
                parsed = email.message_from_bytes(made.as_bytes(), policy=email.policy.default)
                assert parsed.keys() and set(parsed.keys()) <= HEADERS, (language, kind)
                assert parsed["Content-Language"] == language and parsed["To"] == letter.recipient
                html = Resources(parsed.get_body(("html",)).get_content())
                assert html.links and all(link.startswith(BASE) for link in html.links), (language, kind, about)
                assert html.others == []
                assert f'<html lang="{language}">' in parsed.get_body(("html",)).get_content()
                subjects.setdefault(f"{kind} {about}", set()).add(str(parsed["Subject"]))
        session.rollback()
    # None of them says the same in two languages.
    assert {kind: len(told) for kind, told in subjects.items()} == dict.fromkeys(subjects, len(OURS))


def test_a_reader_is_spoken_to_in_their_language_from_the_form_to_the_last_letter(
    app: Flask, mail: Mail, mona: Moderator, sam: Reader, change_site: Callable[..., Site], decide: Callable
) -> None:
    change_site(language="fr")
    browser = PlainBrowser(app.test_client(), {"Accept-Language": "pl-PL,pl;q=0.9,en;q=0.5"})
    page = browser.get(f"/sites/gazette/thread?url={ARTICLE}")
    done = browser.follow(browser.send(page, None, "follow", email=RITA, kind="site"))
    assert words_of(done.one("h1")) == "Zajrzyj do poczty" and done.one("html")["lang"] == "pl"
    receipt = browser.send(page, name="Rita", email="other@mail.example", body="Hello.", notify="y")
    assert receipt.status == 303
    mail.deliver()
    asking, other = mail.to(RITA)[0], mail.to("other@mail.example")[0]
    assert asking.message["Subject"] == other.message["Subject"] == "Potwierdź swój adres dla The Gazette"
    assert "Potwierdź mój adres" in asking.part("html")
    # The link says it in the same language, in whatever browser it is opened.
    browser.headers["Accept-Language"] = "en"
    asked = browser.get(link_in(asking, "confirm", BASE))
    assert asked.one("html")["lang"] == "pl" and words_of(asked.one("h1")) == "Potwierdź swój adres"
    confirmed = browser.follow(browser.send(asked, act="confirm"))
    assert words_of(confirmed.one("h1")) == "Twój adres jest potwierdzony"
    decide("approve", sam.say("Well said."))
    mail.deliver_later(minutes=2)
    letter = mail.to(RITA)[1]
    assert letter.message["Content-Language"] == "pl"
    assert letter.message["Subject"] == "Sam pisze komentarz: The old bridge"
    for use, title in (("unsubscribe", "Zakończyć te wiadomości?"), ("mailbox", "Wiadomości do Ciebie")):
        shown = browser.get(link_in(letter, use, BASE))
        assert words_of(shown.one("h1")) == title and shown.one("html")["lang"] == "pl"


def test_a_browser_that_asks_for_nothing_gets_the_sites_language(
    mail: Mail, rita: Reader, change_site: Callable[..., Any]
) -> None:
    change_site(language="de-CH")
    rita.say("Gut gesagt.", notify=True)
    mail.deliver()
    assert mail.to(RITA)[0].message["Content-Language"] == "de"

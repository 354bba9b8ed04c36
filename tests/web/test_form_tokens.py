"""Form tokens: good for one form and one day, by any key that is still accepted, and by nothing else."""

from dataclasses import replace
from datetime import UTC
from datetime import datetime
from datetime import timedelta

import pytest

from commentsvc.keys import Keyring
from commentsvc.web import form_tokens
from commentsvc.web.form_tokens import Subject
from commentsvc.web.form_tokens import TokenRefused

NOW = datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)
OLD, NEW = "a former secret, which is long enough", "the present secret, also long enough"
FORM = Subject(Keyring((NEW, OLD)), NOW, ("thread", "gazette", "url", "https://gazette.example/a"))


def test_a_token_tells_when_it_was_made() -> None:
    later = replace(FORM, now=NOW + timedelta(hours=5))
    assert form_tokens.issued_at(form_tokens.make(FORM), later) == NOW


@pytest.mark.parametrize(
    ("age", "is_good"),
    [
        (timedelta(0), True),
        (timedelta(hours=24) - timedelta(seconds=1), True),
        (timedelta(hours=24), False),
        (timedelta(days=400), False),
        (timedelta(minutes=-5), True),
        (timedelta(minutes=-6), False),
    ],
)
def test_a_token_lives_for_a_day(age: timedelta, is_good: bool) -> None:
    token = form_tokens.make(FORM)
    if is_good:
        assert form_tokens.issued_at(token, replace(FORM, now=NOW + age)) == NOW
    else:
        with pytest.raises(TokenRefused, match="open for a long time"):
            form_tokens.issued_at(token, replace(FORM, now=NOW + age))


@pytest.mark.parametrize(
    "what",
    [
        ("thread", "herald", "url", "https://gazette.example/a"),
        ("thread", "gazette", "url", "https://gazette.example/b"),
        ("thread", "gazette", "id", "https://gazette.example/a"),
        ("receipt", "gazette", "url", "https://gazette.example/a"),
        ("thread", "gazette", "url"),
        ("thread", "gazette", "url", "https://gazette.example/a", ""),
        ("threadgazette", "url", "https://gazette.example/a"),
        (),
    ],
)
def test_a_token_is_for_one_form_only(what: tuple[str, ...]) -> None:
    with pytest.raises(TokenRefused, match="not be recognised"):
        form_tokens.issued_at(form_tokens.make(FORM), replace(FORM, what=what))


def test_a_token_of_a_former_key_is_good_until_the_key_is_gone() -> None:
    token = form_tokens.make(replace(FORM, keys=Keyring((OLD,))))
    assert form_tokens.issued_at(token, FORM) == NOW
    with pytest.raises(TokenRefused):
        form_tokens.issued_at(token, replace(FORM, keys=Keyring((NEW,))))


def test_a_new_token_is_of_the_present_key() -> None:
    assert form_tokens.issued_at(form_tokens.make(FORM), replace(FORM, keys=Keyring((NEW,)))) == NOW


def altered() -> list[str]:
    """Return tokens that nobody made."""
    token = form_tokens.make(FORM)
    date, mac = token.split(".")
    later = f"{int(date, 16) + 1:x}"
    huge = "f" * 400
    return [
        "",
        ".",
        date,
        f"{date}.",
        f".{mac}",
        f"{later}.{mac}",
        f"{date}.{mac[:-1]}",
        f"{date}.{mac}A",
        f"{date}.{mac.swapcase()}",
        f"{huge}.{mac}",
        f"-{date}.{mac}",
        f"{date}.\ud800é\x00",
        f"\x00{token}",
        "None",
    ]


@pytest.mark.parametrize("token", altered(), ids=ascii)
def test_what_nobody_made_is_refused(token: str) -> None:
    with pytest.raises(TokenRefused, match="not be recognised"):
        form_tokens.issued_at(token, FORM)

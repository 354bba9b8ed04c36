"""The second factor by app and recovery code, set up and asked for without JavaScript; sessions that can be ended."""

import re
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from pyotp.totp import TOTP
from sqlalchemy import text
from werkzeug.test import TestResponse

from commentsvc.database import db
from commentsvc.models.moderator import Moderator
from commentsvc.people import second_factor
from tests.conftest import PASSWORD
from tests.conftest import SECRET
from tests.conftest import Clock
from tests.rig.desk import SIGN_IN
from tests.rig.desk import Desk
from tests.rig.desk import desk_of
from tests.rig.desk import notice

MONA = "mona@gazette.example"
ACCOUNT = "/moderate/account"
HOME = "/moderate/"


class Phone:
    """An authenticator app, whose clock is the test's."""

    def __init__(self, secret: str, clock: Clock) -> None:
        self.secret = secret
        self._clock = clock

    def code(self, steps: int = 0) -> str:
        """Return the code of now, or of so many steps from now."""
        return TOTP(self.secret).at(int(self._clock().timestamp()) + 30 * steps)


@pytest.fixture
def mona_with_app(app: Flask, mona: Moderator, clock: Clock) -> tuple[Phone, list[str]]:
    """Give the phone of Mona, who has set up an app, and her recovery codes; its first code is used."""
    return set_up(desk_of(app, MONA, PASSWORD), clock)


def set_up(desk: Desk, clock: Clock) -> tuple[Phone, list[str]]:
    answer = desk.send(f"{ACCOUNT}/app/new", password=PASSWORD)
    assert answer.headers["Location"] == f"{ACCOUNT}/app"
    page = desk.open(f"{ACCOUNT}/app").text
    assert '<svg' in page  # fmt: skip
    phone = Phone(re.search(r"<code>([A-Z2-7 ]{32,})</code>", page)[1].replace(" ", ""), clock)
    answer = desk.send(f"{ACCOUNT}/app", code=phone.code())
    assert answer.status_code == 200, answer.text
    return phone, recovery_codes(answer)


def recovery_codes(answer: TestResponse) -> list[str]:
    found = re.findall(r"<li><code>([a-z0-9-]+)</code>", answer.text)
    assert len(set(found)) == 10
    return found


def halfway(app: Flask) -> Desk:
    """Return a browser that has shown the password."""
    desk = Desk(app.test_client())
    answer = desk.sign_in(MONA, PASSWORD)
    assert (answer.status_code, answer.headers["Location"]) == (303, SIGN_IN)
    return desk


def show(desk: Desk, code: str, **fields: str) -> TestResponse:
    return desk.send(SIGN_IN, token_from=SIGN_IN, code=code, **fields)


def test_a_password_alone_lets_nobody_in_any_more(
    app: Flask, mona_with_app: tuple[Phone, list[str]], clock: Clock
) -> None:
    phone, _ = mona_with_app
    clock.advance(seconds=60)
    desk = Desk(app.test_client())
    assert desk.sign_in(MONA, PASSWORD, next="/moderate/gazette/spam").headers["Location"].endswith("gazette/spam")
    assert desk.open(ACCOUNT).status_code == 303
    assert desk.client.post(f"{ACCOUNT}/password", data={"csrf_token": desk.token(SIGN_IN)}).status_code == 403
    page = desk.open(SIGN_IN).text
    assert 'name="code"' in page
    assert 'name="password"' not in page
    before = desk.cookie()
    answer = show(desk, f" {phone.code()[:3]} {phone.code()[3:]} ", next="/moderate/gazette/spam")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/moderate/gazette/spam")
    assert desk.open(ACCOUNT).status_code == 200
    assert desk.cookie() != before
    # The cookie of the time between is good for nothing.
    old = app.test_client()
    old.set_cookie("commentsvc", before or "")
    assert old.get(ACCOUNT).status_code == 303


def test_a_code_counts_once_and_only_in_its_time(
    app: Flask, mona_with_app: tuple[Phone, list[str]], clock: Clock
) -> None:
    phone, _ = mona_with_app
    # The one that the app was set up with.
    assert show(halfway(app), phone.code()).status_code == 422
    clock.advance(seconds=90)
    for steps in (-2, 2):
        assert show(halfway(app), phone.code(steps)).status_code == 422
    for code in ("", "000000 or 1=1", phone.code()[:5], "１２３４５６", "x" * 5000):
        answer = show(halfway(app), code)
        assert answer.status_code == 422
        assert "not right" in answer.text
    assert show(halfway(app), phone.code(1)).status_code == 303
    # Whoever looked over the shoulder comes too late, and so do the codes before.
    for steps in (1, 0, -1):
        assert show(halfway(app), phone.code(steps)).status_code == 422
    clock.advance(seconds=60)
    assert show(halfway(app), phone.code()).status_code == 303


def test_of_many_who_show_one_code_at_once_one_gets_in(
    app: Flask, mona_with_app: tuple[Phone, list[str]], clock: Clock
) -> None:
    phone, codes = mona_with_app
    clock.advance(seconds=60)
    for code in (phone.code(), codes[0]):
        desks = [(desk := halfway(app), desk.token(SIGN_IN)) for _ in range(4)]
        with ThreadPoolExecutor(len(desks)) as together:
            statuses = together.map(
                lambda each, code=code: (
                    each[0].client.post(SIGN_IN, data={"csrf_token": each[1], "code": code}).status_code
                ),
                desks,
            )
        assert sorted(statuses) == [303, 422, 422, 422]


def test_a_recovery_code_works_once_however_it_is_typed(app: Flask, mona_with_app: tuple[Phone, list[str]]) -> None:
    _, codes = mona_with_app
    assert show(halfway(app), codes[0].upper().replace("-", " ")).status_code == 303
    assert show(halfway(app), codes[0]).status_code == 422
    desk = halfway(app)
    assert show(desk, codes[1]).status_code == 303
    assert "8 of 10" in desk.open(ACCOUNT).text
    fresh = recovery_codes(desk.send(f"{ACCOUNT}/recovery-codes", password=PASSWORD))
    assert show(halfway(app), codes[2]).status_code == 422
    assert show(halfway(app), fresh[0]).status_code == 303


def test_the_password_waits_ten_minutes_and_signing_in_can_begin_anew(
    app: Flask, mona_with_app: tuple[Phone, list[str]], clock: Clock
) -> None:
    phone, _ = mona_with_app
    desk = halfway(app)
    assert 'name="password"' in desk.open(SIGN_IN, anew=1).text
    assert 'name="code"' in desk.open(SIGN_IN).text
    token = desk.token(SIGN_IN)
    clock.advance(minutes=10)
    answer = desk.client.post(SIGN_IN, data={"csrf_token": token, "code": phone.code()})
    assert answer.status_code == 422
    assert "too long" in answer.text
    assert 'name="password"' in answer.text


def test_codes_are_not_guessed_at(make_app: Callable[..., Flask], mona: Moderator, clock: Clock) -> None:
    phone, codes = set_up(desk_of(make_app(), MONA, PASSWORD), clock)
    app = make_app(RATE_LIMITS="on", SIGN_IN_LIMIT="3/minute", TRUSTED_PROXIES="1")
    statuses = []
    for number in range(5):
        desk = Desk(app.test_client())
        desk.client.environ_base["HTTP_X_FORWARDED_FOR"] = f"192.0.2.{number}"
        desk.sign_in(MONA, PASSWORD)
        statuses.append(show(desk, codes[0] if number == 4 else "123456").status_code)
    assert statuses == [422, 422, 422, 429, 429]
    clock.advance(seconds=62)
    assert show(halfway(app), phone.code()).status_code == 303


def test_nothing_in_the_database_makes_a_code(
    app: Flask, mona_with_app: tuple[Phone, list[str]], mona: Moderator, make_app: Callable[..., Flask], clock: Clock
) -> None:
    phone, codes = mona_with_app
    with app.app_context(), db.engine.connect() as connection:
        kept = connection.scalar(text("SELECT totp_secret FROM moderator WHERE totp_secret IS NOT NULL"))
        hashes = [bytes(row[0]) for row in connection.execute(text("SELECT code_hash FROM recovery_code"))]
    assert phone.secret not in kept
    assert len(hashes) == 10
    assert not any(code.encode() in each for code in codes for each in hashes)
    # A new secret of the service does not lock anybody out as long as the former one is accepted; once used, the
    # app's secret rests on the new one alone.
    new = "another secret that only the tests know, long enough"
    clock.advance(seconds=60)
    assert show(halfway(make_app(SECRET_KEY=new, OLD_SECRET_KEYS=SECRET)), phone.code()).status_code == 303
    clock.advance(seconds=60)
    assert show(halfway(make_app(SECRET_KEY=new)), phone.code()).status_code == 303


def test_keys_to_the_account_are_changed_with_the_password_alone(
    app: Flask, mona_with_app: tuple[Phone, list[str]], clock: Clock
) -> None:
    phone, codes = mona_with_app
    desk = halfway(app)
    show(desk, codes[0])
    for path in ("app/remove", "recovery-codes", "passkeys/new", "passkeys/1/remove", "tokens"):
        answer = desk.send(f"{ACCOUNT}/{path}", password="wrong horse battery")
        assert answer.status_code == 422, path
        assert "not your password" in answer.text
    clock.advance(seconds=60)
    assert show(halfway(app), phone.code()).status_code == 303
    assert "taken away" in notice(desk, desk.send(f"{ACCOUNT}/app/remove", password=PASSWORD))
    assert desk_of(app, MONA, PASSWORD).open(HOME).status_code == 303
    assert "A password alone lets you in" in desk.open(ACCOUNT).text
    with app.app_context(), db.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM recovery_code")) == 0


def test_an_app_that_shows_the_wrong_code_is_not_turned_on(app: Flask, mona: Moderator) -> None:
    desk = desk_of(app, MONA, PASSWORD)
    desk.send(f"{ACCOUNT}/app/new", password=PASSWORD)
    answer = desk.send(f"{ACCOUNT}/app", code="000000")
    assert answer.status_code == 422
    assert "clock of your phone" in answer.text
    assert desk_of(app, MONA, PASSWORD)


def test_an_operator_helps_who_lost_everything(app: Flask, mona_with_app: tuple[Phone, list[str]]) -> None:
    with app.app_context():
        second_factor.reset(MONA)
    assert desk_of(app, MONA, PASSWORD).open(ACCOUNT).status_code == 200


def test_sessions_are_listed_and_ended(app: Flask, mona: Moderator, clock: Clock) -> None:
    def browser(agent: str) -> Desk:
        desk = Desk(app.test_client())
        desk.client.environ_base["HTTP_USER_AGENT"] = agent
        desk.sign_in(MONA, PASSWORD)
        return desk

    phone = browser("Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/156.0 Mobile Safari/537.36")
    library = browser("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:150.0) Gecko/20100101 Firefox/150.0")
    strange = browser('"><script>alert(1)</script>')
    clock.advance(minutes=20)
    here = browser("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0 Safari/537.36 Edg/156.0")
    page = here.open(ACCOUNT).text
    assert "<script>alert" not in page
    lines = [" ".join(line.split()) for line in re.findall(r'<li class="line">\s*<p>(.*?)</p>', page, re.DOTALL)]
    assert len(lines) == 4
    assert lines[0].startswith('Edge on Linux <span class="chip chip-good">this one')
    assert "20 min ago" in lines[1]
    named = dict(re.findall(r'sessions/(\w{20})/end">.*?session of ([^<]+)<', page))
    code = next(code for code, name in named.items() if name == "Firefox on Windows")
    assert "was ended" in notice(here, here.send(f"{ACCOUNT}/sessions/{code}/end"))
    assert library.open(ACCOUNT).status_code == 303
    assert phone.open(ACCOUNT).status_code == 200
    here.send(f"{ACCOUNT}/sessions/end-others")
    assert [desk.open(ACCOUNT).status_code for desk in (phone, strange, here)] == [303, 303, 200]


def test_nobody_ends_anothers_session(app: Flask, mona: Moderator, omar: Moderator) -> None:
    desk, other = desk_of(app, MONA, PASSWORD), desk_of(app, "omar@herald.example", PASSWORD, "herald")
    desk_of(app, MONA, PASSWORD)
    code = re.search(r"sessions/(\w{20})/end", desk.open(ACCOUNT).text)[1]
    other.send(f"{ACCOUNT}/sessions/{code}/end")
    assert f"sessions/{code}/end" in desk.open(ACCOUNT).text


def test_a_worker_carries_none_of_it_before_somebody_needs_it() -> None:
    heavy = ("cryptography", "pyotp", "segno", "webauthn")
    code = f"import sys, commentsvc.app; print([name for name in {heavy} if name in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


NO_PASSKEYS = (
    "null", "[]", "{}", "x", '{"id": 1}', "[" * 20_000, '{"id": "AA", "rawId": "AA", "response": 5}',
    '{"id": "AA", "rawId": "AA", "type": "public-key", "response": {"clientDataJSON": "e30",'
    ' "attestationObject": "_w", "authenticatorData": "AA", "signature": "AA"}}',
)  # fmt: skip


def test_what_is_no_passkey_is_refused(app: Flask, mona_with_app: tuple[Phone, list[str]]) -> None:
    _, codes = mona_with_app
    desk = halfway(app)
    for made in NO_PASSKEYS:
        answer = desk.send(SIGN_IN, token_from=SIGN_IN, passkey=made)
        assert answer.status_code == 422, made[:80]
        assert "passkey was not taken" in answer.text
    assert show(desk, codes[0]).status_code == 303
    assert 'name="passkey"' in desk.send(f"{ACCOUNT}/passkeys/new", password=PASSWORD).text
    for made in ("", *NO_PASSKEYS):
        answer = desk.send(f"{ACCOUNT}/passkeys", passkey=made, name="x")
        assert answer.status_code == 422, made[:80]
        assert "could not be taken" in answer.text

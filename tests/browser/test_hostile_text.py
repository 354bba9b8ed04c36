"""Hostile text by every way in, judged in every place where it comes out, by a real browser."""

from collections.abc import Callable
from collections.abc import Iterator
from datetime import UTC
from datetime import datetime

import pytest

from commentsvc.app import create_app
from commentsvc.database import db
from tests.browser.conftest import MONA
from tests.browser.conftest import PASSWORD
from tests.browser.conftest import Watched
from tests.conftest import Clock
from tests.conftest import make_settings
from tests.rig.hostile import Attack
from tests.rig.hostile_judge import judge
from tests.rig.hostile_judge import judge_open
from tests.rig.hostile_texts import wicked
from tests.rig.letters import Mail
from tests.rig.live import HostSite
from tests.rig.live import Live
from tests.rig.live import live_service
from tests.rig.smtp import MailHost


@pytest.fixture(scope="module")
def live(empty_database: Callable[[], str], owner: HostSite, host: MailHost) -> Iterator[Live]:
    """Give the running service with the Gazette; its letters are sent when the test says so."""
    with live_service(empty_database(), SMTP_URL=f"smtp://127.0.0.1:{host.port}", DELIVER="off") as service:
        service.command("site", "add", "gazette", "--origin", owner.origin, "--name", "The Gazette")
        words = ("moderator", "add", MONA, "--site", "gazette", "--name", "Mona Lind", "--password-stdin")
        service.command(*words, stdin=PASSWORD)
        owner.policy = f"default-src 'none'; style-src 'self'; script-src {service.base}; connect-src {service.base}"
        yield service


@pytest.fixture
def mail(live: Live, host: MailHost) -> Iterator[Mail]:
    """Give the mail of the running service."""
    clock = Clock(datetime.now(UTC))
    chosen = {"BASE_URL": live.base, "SMTP_URL": live.environ["COMMENTSVC_SMTP_URL"]}
    app = create_app(make_settings(live.environ["COMMENTSVC_DATABASE_URL"], **chosen), clock)
    yield Mail(app, host, clock)
    with app.app_context():
        db.engine.dispose()


def test_whatever_way_it_comes_in_nothing_of_it_lives(
    window: Callable[..., Watched], live: Live, owner: HostSite, mail: Mail
) -> None:
    opened = window()
    attack = Attack(opened.page, opened.watch(opened.context.new_page()), live, owner, mail)
    attack.begin()
    attack.put_in(wicked(), 1)
    attack.look()
    attack.open_letters()
    attack.take_along()
    assert attack.through == []
    assert attack.taken > 20 * len(wicked())
    assert len(mail.host.arrived) > 5 * len(wicked())


FOUND = [
    ("comment", "<p><a href=javascript:1>x</a></p>"),
    ("comment", "<img src=x>"),
    ("comment", "<p>not closed"),
    ("page", "<div onclick=x>"),
    ("page", "<img src=//evil.example/x>"),
    ("page", "<a href='java&Tab;script:x'>"),
    ("page", "<script>1</script>"),
    ("page", "<div class=written><b>x</b></div>"),
    ("letter", "<img src=https://evil.example/x>"),
    ("xml", "<a>"),
]


def test_the_judge_is_awake(window: Callable[..., Watched]) -> None:
    page = window().page
    for kind, text in FOUND:
        assert judge(page, kind, [text], "https://ours.example") != [], text
    page.set_content("<p></p>")
    assert judge_open(page, "https://ours.example") == []
    page.set_content("<p onclick=x></p>")
    assert judge_open(page, "https://ours.example") != []

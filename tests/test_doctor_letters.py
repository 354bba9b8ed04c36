"""The doctor says how many letters were given up, and how many nobody sends."""

from collections.abc import Callable
from datetime import UTC
from datetime import datetime
from datetime import timedelta

import pytest
from flask import Flask

from commentsvc.database import transaction
from commentsvc.models import letter as letters
from commentsvc.models.letter import Letter
from commentsvc.models.letter import write_letter
from commentsvc.models.site import Site
from tests.conftest import SECRET
from tests.rig.doctor import Doctor


@pytest.fixture
def doctor(app: Flask, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Doctor:
    """Give the doctor of the test's database."""
    monkeypatch.setenv("COMMENTSVC_DATABASE_URL", database_url)
    monkeypatch.setenv("COMMENTSVC_SECRET_KEY", SECRET)
    return Doctor.of(app, database_url)


def test_letters_that_wait_for_nobody_are_told(app: Flask, site: Site, doctor: Doctor, write: Callable) -> None:
    found = doctor.findings()
    assert {found[name]["state"] for name in ("parked", "overdue")} == {"ok"}
    # The doctor's clock is the machine's.
    write(hours_ago=9, is_parked=True)
    write(hours_ago=0.9)
    write(hours_ago=-9)
    found = doctor.findings()
    assert (found["parked"]["state"], found["parked"]["wrong"], found["parked"]["looked_at"]) == ("note", 1, 3)
    assert found["parked"]["places"] == ["gazette (1)"]
    assert found["overdue"]["state"] == "ok"
    assert doctor.wrong() == set()
    write(hours_ago=1.1)
    assert doctor.wrong() == {"overdue"}
    told = doctor.findings()["overdue"]
    assert told["wrong"] == 1 and "1 letter should have gone out" in told["words"]
    assert "COMMENTSVC_SMTP_URL is not set" in told["words"]
    assert "Parked letters: 1 letter could not be sent and is not tried again: gazette (1)." in doctor.run().stdout


@pytest.fixture
def write(app: Flask, site: Site) -> Callable[..., None]:
    """Give a function that stores a letter."""
    numbers = iter(range(1, 100))

    def run(hours_ago: float, is_parked: bool = False) -> None:
        now = datetime.now(UTC)
        with app.app_context(), transaction() as session:
            due = now - timedelta(hours=hours_ago)
            event_id = next(numbers)
            write_letter(session, site, letters.CONFIRM, event_id, "rita@mail.example", due, now)
            one = session.query(Letter).filter_by(event_id=event_id).one()
            one.parked = now if is_parked else None

    return run

"""A log of decisions with something of each kind in it, to be tampered with."""

from collections.abc import Callable
from typing import Any

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from commentsvc.database import transaction
from commentsvc.models.decision import OPERATOR
from commentsvc.models.decision import Decision
from commentsvc.models.decision import record
from commentsvc.models.site import Site
from commentsvc.models.thread import Thread
from tests.conftest import Clock
from tests.conftest import Reader


def fill_log(app: Flask, rita: Reader, decide: Callable, clock: Clock) -> None:
    """Make decisions in two threads and on the site, with words to two of them."""
    for article in ("one", "two"):
        said = [rita.say(f"{n}", url=f"https://gazette.example/{article}") for n in range(3)]
        clock.advance(minutes=1)
        decide("approve", *said[:2])
        decide("spam", said[2])
    with app.app_context(), transaction() as session:
        here = session.scalars(select(Site)).one()
        for owner in (None, session.scalars(select(Thread)).first()):
            record(session, here, owner, act="note", by=OPERATOR, at=clock(), note="Because of the *rain*.")


def chains(session: Session) -> dict[int, int]:
    """Return how many rows each chain has."""
    rows = session.execute(select(Decision.thread_id, Decision.seq).order_by(Decision.seq))
    return {row[0]: row[1] for row in rows}


def row_at(place: tuple[int, int]) -> Any:
    return (Decision.thread_id == place[0]) & (Decision.seq == place[1])

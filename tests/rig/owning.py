"""An author and their own data: what they press and open, what they are shown, and what tables hold."""

from dataclasses import dataclass

from flask import Flask
from sqlalchemy import MetaData
from sqlalchemy import select

from commentsvc.database import db
from commentsvc.database import reading
from commentsvc.models.ids import from_text
from commentsvc.models.site import Site
from commentsvc.models.subscription import Subscription
from commentsvc.models.subscription import find_mailbox
from commentsvc.notifying import links
from commentsvc.notifying import recovering
from commentsvc.web.service import Service
from tests.conftest import Clock
from tests.conftest import Reader
from tests.rig.plain_browser import Page
from tests.rig.plain_browser import PlainBrowser
from tests.rig.plain_browser import words_of


@dataclass
class Mailboxes:
    """Whoever reads the mail of the Gazette's readers."""

    app: Flask
    site: Site
    clock: Clock

    def confirm(self, *comments: str) -> None:
        """Press the buttons of the letters about comments."""
        service: Service = self.app.extensions["commentsvc"]
        browser = PlainBrowser(self.app.test_client())
        for comment in comments:
            with self.app.app_context(), reading() as session:
                about = {"site_id": self.site.id, "about_id": from_text(comment)}
                asked = session.scalars(select(Subscription).filter_by(**about)).one()
            path = f"/r/gazette/confirm/{links.secret(service.keys, self.site, links.CONFIRM, asked.id)}"
            assert browser.send(browser.get(path), act="confirm").status == 303

    def link(self, email: str) -> str:
        """Return the path of the link that is mailed to who lost theirs."""
        service: Service = self.app.extensions["commentsvc"]
        with self.app.app_context(), reading() as session:
            mailbox = find_mailbox(session, self.site, email)
            assert mailbox is not None
            return f"/r/gazette/mine/{recovering.secret(service.keys, self.site, mailbox, self.clock())}"


def receipt(reader: Reader, comment: str) -> str:
    """Return the path of the receipt page of a comment."""
    return f"/r/gazette/{reader.receipts[comment]}"


def listed(page: Page) -> list[str]:
    """Return how the comments of a list begin."""
    return [words_of(one) for one in page.all("p", class_="as-typed")]


def rows_of(app: Flask) -> dict[str, list[tuple]]:
    """Return everything in every table."""
    with app.app_context(), db.engine.connect() as connection:
        tables = MetaData()
        tables.reflect(connection)
        return {
            table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
            for table in tables.sorted_tables
        }


def tables_with(app: Flask, words: tuple[str, ...]) -> set[str]:
    """Return the tables in which one of some words stands, in whatever case."""
    found = set()
    for name, rows in rows_of(app).items():
        values = (value for row in rows for value in row)
        texts = (value.decode("latin-1") if isinstance(value, bytes) else str(value) for value in values)
        if any(word in text.casefold() for text in texts for word in words):
            found.add(name)
    return found

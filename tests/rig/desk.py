"""Somebody at the desk, as a browser without scripts sees it."""

import re
from dataclasses import dataclass
from html import unescape
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

SIGN_IN = "/moderate/sign-in"


@dataclass
class Desk:
    """A browser that opens the desk's pages and sends their forms."""

    client: FlaskClient
    site: str = "gazette"
    # The path of the base URL, where it has one.
    root: str = ""

    def sign_in(self, email: str, password: str, **fields: str) -> TestResponse:
        """Send the sign-in form."""
        return self.send(SIGN_IN, token_from=SIGN_IN, email=email, password=password, **fields)

    def open(self, path: str, **query: Any) -> TestResponse:
        """Open a page."""
        return self.client.get(self.root + path, query_string=query)

    def send(self, path: str, token_from: str = "/moderate/account", **fields: Any) -> TestResponse:
        """Send a form with the token of this browser's session."""
        return self.client.post(self.root + path, data={"csrf_token": self.token(token_from)} | fields)

    def token(self, path: str = "/moderate/account") -> str:
        """Read the form token off a page; empty where the page has none."""
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.open(path).text)
        return found[1] if found else ""

    def cookie(self) -> str | None:
        """Return the session cookie's value."""
        for name in ("commentsvc", "__Host-commentsvc", "__Secure-commentsvc"):
            found = self.client.get_cookie(name, path="/") or self.client.get_cookie(name, path="/comments/")
            if found is not None:
                return found.value
        return None

    def list(self, name: str = "queue", **query: Any) -> list[str]:
        """Return the ids of the comments on a page of a list, in order."""
        answer = self.open(f"/moderate/{self.site}/{name}", **query)
        assert answer.status_code == 200, answer.text
        return re.findall(r'<article class="card[^"]*" id="c-(\w+)"', answer.text)

    def decide(self, act: str, *comments: str, seen_in: str = "queue", **fields: Any) -> TestResponse:
        """Tick comments and press a button of the bar below the list."""
        path = f"/moderate/{self.site}/decide"
        return self.send(path, act=act, id=list(comments), list=seen_in, **fields)

    def undo(self, answer: TestResponse) -> TestResponse:
        """Press Undo in the notice of the page that an answer leads to."""
        page = self.client.get(answer.headers["Location"]).text
        batch = re.search(r'name="batch" value="(\w+)"', page)
        assert batch, page
        return self.send(f"/moderate/{self.site}/undo", batch=batch[1])


def desk_of(app: Flask, email: str, password: str, site: str = "gazette") -> Desk:
    """Return a browser of its own in which somebody has signed in."""
    desk = Desk(app.test_client(), site)
    answer = desk.sign_in(email, password)
    assert answer.status_code == 303, answer.text
    return desk


def notice(desk: Desk, answer: TestResponse) -> str:
    """Follow a redirect and return the notice of the page."""
    assert answer.status_code == 303, answer.text
    return notice_in(desk.client.get(answer.headers["Location"]).text)


def notice_in(page: str) -> str:
    """Return the notice of a page; empty where there is none."""
    found = re.search(r'<p role="status">([^<]*)</p>', page)
    return unescape(found[1]) if found else ""

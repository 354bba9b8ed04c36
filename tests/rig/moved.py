"""Where all of a site stands: what a move changes, and its undo brings back."""

from typing import Any

from flask import Flask
from sqlalchemy import select

from commentsvc.database import reading
from commentsvc.models import soundness
from commentsvc.models.comment import Comment
from commentsvc.models.thread import Address
from commentsvc.models.thread import Thread
from commentsvc.people import managing


def standing(app: Flask) -> dict[str, list[Any]]:
    """Read where every thread, address and comment stands."""
    asked = {
        "threads": select(
            Thread.id, Thread.url, Thread.title, Thread.ref, Thread.merged_id, Thread.pinned_id, Thread.count
        ),
        "addresses": select(Address.site_id, Address.canonical, Address.raw, Address.thread_id),
        "comments": select(
            Comment.id, Comment.thread_id, Comment.parent_id, Comment.depth, Comment.path, Comment.url, Comment.state
        ),
    }  # fmt: skip
    with app.app_context(), reading() as session:
        return {name: sorted(map(tuple, session.execute(question))) for name, question in asked.items()}


def faults(app: Flask, key: str = "gazette") -> dict[str, Any]:
    """Return what of what is kept of a site's comments is not true, and where its log does not hold."""
    questions = (
        soundness.wrong_counts, soundness.wrong_comments, soundness.misplaced, soundness.unreachable,
        soundness.without_text,
    )  # fmt: skip
    with app.app_context():
        with reading() as session:
            site = managing.site(key)
            found: dict[str, Any] = {each.__name__: list(each(session, site)) for each in questions}
        found["log"] = managing.verify_decisions(key)[key]
    return {name: wrong for name, wrong in found.items() if wrong}

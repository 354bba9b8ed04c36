"""What readers reported and gave notice of: moderators see it together, and answer."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import g
from flask import redirect
from flask import request
from flask import url_for
from werkzeug.wrappers import Response

from commentsvc.models import desk
from commentsvc.models.comment import APPROVED
from commentsvc.models.comment import PENDING
from commentsvc.models.ids import from_text
from commentsvc.models.ids import to_text
from commentsvc.models.report import PAGE
from commentsvc.models.report import Report
from commentsvc.moderators import moderating
from commentsvc.moderators import noticing
from commentsvc.moderators import reporting
from commentsvc.moderators.moderating import Decided
from commentsvc.moderators.noticing import OnDesk
from commentsvc.moderators.reporting import Group
from commentsvc.refusals import DatabaseAway
from commentsvc.refusals import Invalid
from commentsvc.refusals import UnknownComment
from commentsvc.refusals import UnknownNotice
from commentsvc.web.desk.cards import Card
from commentsvc.web.desk.cards import card_of
from commentsvc.web.desk.deciding import seen_revisions
from commentsvc.web.desk.page import page
from commentsvc.web.desk.page import plain
from commentsvc.web.desk.words import ago
from commentsvc.web.desk.words import counted
from commentsvc.web.notice_pages import KIND_WORDS
from commentsvc.web.report_pages import REASON_WORDS
from commentsvc.web.service import service

VERBS = {"keep": "Keep", "hold": "Hold", "spam": "Spam", "reject": "Reject", "delete": "Delete"}
AWAY = "Nothing can be stored right now. What you typed is kept here; please try again shortly."


@dataclass(frozen=True)
class ReportedCard:
    """A reported comment: its card, who reported it and why, what can be done."""

    card: Card
    state: str
    readers: str
    ago: str
    reasons: list[str]
    # What reporters wrote: reason, words, and whether the text was another one then.
    said: list[tuple[str, str, bool]]
    acts: list[tuple[str, str]]


@dataclass(frozen=True)
class NoticeCard:
    """A notice of illegal content: its comment's card, who sent it and what they wrote, what can be decided."""

    id: str
    card: Card
    kind: str
    ago: str
    sender: str | None
    words: str
    acts: list[tuple[str, str]]
    # Where the form comes again: what was typed, and what is wrong by field.
    typed: dict[str, str]
    problem: str | None
    errors: dict[str, str]


def reports() -> Response:
    """Show what waits for an answer."""
    return _page()


def answer_reports() -> Response:
    """Do what the button says with a reported comment: `one=ACT:ID`."""
    act, _, comment = request.form.get("one", "").partition(":")
    number = from_text(comment)
    if number is None:
        raise UnknownComment
    seen_in = request.form.get("in")
    seen_in = seen_in if seen_in in (PENDING, APPROVED) else None
    decided = reporting.decide(g.site, g.moderator, number, act, service().now(), seen_in, seen_revisions())
    return _back(act, decided)


def answer_notice(notice: str) -> Response:
    """Decide on a notice and store the reasons, or show the form again with what was typed."""
    number = from_text(notice)
    if number is None:
        raise UnknownNotice
    act, ground, statement = (request.form.get(name, "") for name in ("act", "ground", "statement"))
    now = service().now()
    try:
        decided = noticing.answer(g.site, g.moderator, number, act, ground, statement, now, seen_revisions())
    except Invalid as refused:
        return _page(number, None, {error.field: error.message for error in refused.errors}, 422)
    except DatabaseAway:
        return _page(number, AWAY, {}, 503)
    if decided is not None and not decided.changed:
        return _page(number, "The comment changed in the meantime. Please look at it again.", {}, 409)
    return redirect(url_for("desk.reports", site=g.site.key, did="answer"), 303)


def answer_again(sentence: str, status: int, notice: str) -> Response:
    """Show the form of a notice once more with what was typed, and what is wrong."""
    notice_id = from_text(notice)
    if all(one.notice.id != notice_id for one in noticing.look(g.site)):
        return plain("desk/out_of_date.html", status, sentence=sentence)
    return _page(notice_id, sentence, {}, status)


def waiting() -> str:
    """Return how many reported comments and notices wait on the site of this page, in words."""
    if "reports_waiting" not in g:
        g.reports_waiting = counted(reporting.waiting(g.site)) if g.get("site") is not None else ""
    return g.reports_waiting


def _page(
    notice_id: int | None = None, problem: str | None = None, errors: dict[str, str] | None = None, status: int = 200
) -> Response:
    now = service().now()
    notices = [
        _notice_card(one, now, problem, errors) if one.notice.id == notice_id else _notice_card(one, now)
        for one in noticing.look(g.site)
    ]
    values: dict[str, Any] = {"groups": [_card(group, now) for group in reporting.look(g.site)], "notices": notices}
    values["most"] = PAGE
    return page("desk/reports.html", "reports", moderating.sizes(g.site), status, **values)


def _card(group: Group, now: datetime) -> ReportedCard:
    comment = group.entry.comment
    is_held = comment.state == PENDING
    codes = [code for code in VERBS if not (is_held and code == "hold")]
    return ReportedCard(
        card=_shown(group.entry, now),
        state=comment.state,
        readers="1 reader" if group.readers == 1 else f"{group.readers} readers",
        ago=ago(group.since, now),
        reasons=_numbered(group.reports),
        said=[
            (_reason(report), report.words, report.revision != comment.shown_revision)
            for report in group.reports
            if report.words
        ],
        acts=[(code, "Publish again" if is_held and code == "keep" else VERBS[code]) for code in codes],
    )


def _numbered(reports: list[Report]) -> list[str]:
    times = Counter(_reason(report) for report in reports)
    return [reason if number == 1 else f"{reason}, {number} times" for reason, number in times.most_common()]


def _reason(report: Report) -> str:
    return REASON_WORDS.get(report.reason, report.reason)


def _notice_card(
    one: OnDesk, now: datetime, problem: str | None = None, errors: dict[str, str] | None = None
) -> NoticeCard:
    again = problem is not None or errors is not None
    names = ("act", "ground", "statement")
    return NoticeCard(
        id=to_text(one.notice.id),
        card=_shown(one.entry, now),
        kind=KIND_WORDS.get(one.notice.kind, one.notice.kind),
        ago=ago(one.notice.at, now),
        sender=_sender(one),
        words=one.words.words if one.words is not None else "",
        acts=_notice_acts(one.entry),
        typed={name: request.form.get(name, "") if again else "" for name in names},
        problem=problem,
        errors=errors or {},
    )


def _shown(entry: desk.Entry, now: datetime) -> Card:
    # As in the list it is in: why it waits is said of what waits.
    state = entry.comment.state
    return card_of(entry, desk.QUEUE if state == PENDING else state, now)


def _sender(one: OnDesk) -> str | None:
    # Whoever looks on decides nothing, and need not know who complained.
    if one.words is None or not g.may_decide:
        return None
    return " · ".join(part for part in (one.words.name, one.words.email) if part) or None


def _notice_acts(entry: desk.Entry) -> list[tuple[str, str]]:
    comment = entry.comment
    if comment.withdrawn is not None or comment.state not in (APPROVED, PENDING):
        return [("keep", "Leave it as it is: it is down already")]
    acts = [("keep", "It stays public" if comment.state == APPROVED else "Publish it again")]
    # Where a changed text waits, Reject would turn down that one alone.
    return [*acts, *([] if entry.is_edit else [("reject", "Reject it")]), ("delete", "Delete it")]


def _back(act: str, decided: Decided) -> Response:
    said: dict[str, Any] = {
        "did": act,
        "batch": to_text(decided.batch),
        "n": decided.done,
        "overtaken": decided.overtaken,
        "withdrawn": decided.withdrawn,
        "edited": decided.edited,
    }
    return redirect(url_for("desk.reports", site=g.site.key, **{name: one for name, one in said.items() if one}), 303)

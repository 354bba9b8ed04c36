"""The decision log of a site, in words: who did what, when, to what, and why; and to take along."""

import tempfile
from dataclasses import dataclass
from datetime import UTC
from datetime import datetime
from datetime import timedelta
from typing import Any

from flask import g
from flask import request
from flask import send_file
from flask import url_for
from werkzeug.wrappers import Response

from commentsvc.models import logbook
from commentsvc.models.decision import SITE_CHAIN
from commentsvc.models.ids import id_at
from commentsvc.models.ids import to_text
from commentsvc.moderators import reviewing
from commentsvc.web.desk.page import page
from commentsvc.web.desk.page import page_asked
from commentsvc.web.desk.words import comments
from commentsvc.web.desk.words import reason_in_words
from commentsvc.web.service import service

ACTORS = {"author": "Authors", "moderator": "Moderators", "rule": "Rules", "operator": "The operator"}
WHO = {"author": "Its author", "rule": "A rule", "operator": "The operator", "reader": "Readers"}
# What was done: to a comment or a thread, which stands where the braces are, or to the site.
DID = {
    "submit": "wrote {it}",
    "import": "imported {it}",
    "past": "brought over an earlier decision on {it}",
    "import-file": "brought comments in from a file",
    "edit": "edited {it}",
    "withdraw": "took {it} back",
    "erase": "erased {it}",
    "approve": "approved {it}",
    "spam": "marked {it} as spam",
    "reject": "rejected {it}",
    "delete": "deleted {it}",
    "hold": "held {it}",
    "keep": "kept {it}",
    "undo": "took back a decision on {it}",
    "pin": "pinned {it}",
    "unpin": "unpinned {it}",
    "move": "moved {it}",
    "move-undo": "moved {it} back",
    "merge": "merged {it}",
    "merge-undo": "took back a merge of {it}",
    "readdress": "gave {it} a new address",
    "readdress-undo": "gave {it} its old address again",
    "move-site": "began to move the site's addresses",
    "move-site-end": "moved the site's addresses",
    "move-site-undo": "took back a move of the site's addresses",
    "tell-apart": "said that some threads are not the same",
    "tell-apart-undo": "had threads proposed again that were told apart",
    "close": "closed {it}",
    "reopen": "opened {it} again",
    "site-add": "set up the site",
    "site-edit": "changed settings of the site",
    "site-export": "took all comments along",
    "moderator-add": "gave somebody a role",
    "person-invite": "invited somebody",
    "person-withdraw": "withdrew an invitation",
    "person-join": "accepted an invitation",
    "person-role": "changed the role of a person",
    "person-remove": "took the role of a person",
    "token-add": "made a token for the API",
    "token-revoke": "revoked a token for the API",
    "answer": "answered a notice",
    "rule-add": "added a rule",
    "rule-import": "brought in lists as rules",
    "rule-edit": "changed a rule",
    "rule-on": "switched a rule on",
    "rule-off": "switched a rule off",
    "rule-move": "moved a rule",
    "rule-remove": "deleted a rule",
    "filter-on": "switched the filter on",
    "filter-off": "switched the filter off",
    "filter-rate": "said how careful the filter is",
    "filter-sure": "said what becomes of what the filter is very sure of",
    "filter-mute": "disagreed with a reason of the filter",
    "filter-unmute": "agreed again with a reason of the filter",
}


@dataclass(frozen=True)
class Entry:
    """One line of the log; `thread` and `comment` are ids of what it is about, `place` its row's place in its chain."""

    at: datetime
    words: str
    title: str | None
    thread: str | None
    comment: str | None
    change: str | None
    reasons: list[str]
    note: str | None
    place: str


def log() -> Response:
    """Show a page of the log, newest first."""
    before = page_asked()
    view = reviewing.look_at_log(g.site, _sought(), before)
    asked = {name: request.args.get(name, "") for name in ("who", "act", "since", "until")}
    kept: dict[str, Any] = {name: value for name, value in asked.items() if value}
    further = view.leaf.next
    return page(
        "desk/log.html",
        "log",
        view.sizes,
        entries=[_entry(line) for line in view.leaf.lines],
        actors=ACTORS,
        people=view.people,
        acts={act: _act(act) for act in view.acts},
        asked=asked,
        address=url_for("desk.log", site=g.site.key, **kept),
        after=to_text(before) if before is not None else None,
        further=to_text(further) if further is not None else None,
        looked_at=f"{logbook.LOOKED_AT:,}" if view.leaf.more else None,
    )


def export_log() -> Response:
    """Give the whole log as a file of JSON Lines."""
    now = service().now()
    # Written first and sent then: whoever is slow to take it holds no connection to the database.
    file = tempfile.TemporaryFile()  # noqa: SIM115
    try:
        file.writelines(reviewing.exported(g.site, now))
        file.seek(0)
        name = f"{g.site.key}-decisions-{now:%Y-%m-%d}.jsonl"
        return send_file(file, mimetype="application/jsonl", as_attachment=True, download_name=name)
    except BaseException:
        file.close()
        raise


def _sought() -> logbook.Sought:
    who, act = request.args.get("who", ""), request.args.get("act", "")
    number = who.removeprefix("m-")
    is_person = who.startswith("m-") and number.isascii() and number.isdigit() and len(number) < 10
    since, until = _day("since"), _day("until")
    return logbook.Sought(
        actor="moderator" if is_person else who if who in ACTORS else None,
        actor_id=int(number) if is_person else None,
        act=act if act and "\0" not in act else None,
        since=id_at(since) if since is not None else None,
        until=id_at(until + timedelta(days=1)) if until is not None else None,
    )


def _day(name: str) -> datetime | None:
    try:
        day = datetime.strptime(request.args.get(name, ""), "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return None
    # Of other years there is no identifier.
    return day if 2000 <= day.year < 2090 else None


def _entry(line: logbook.Line) -> Entry:
    decision = line.decision
    by_author = decision.actor == "author"
    who = line.moderator or (line.author if by_author else None) or WHO.get(decision.actor, "A moderator who has left")
    it = f"the comment by {line.author}" if line.author is not None else "a comment that is gone"
    if decision.comment_id is None:
        it = "the thread"
    elif by_author and line.author is not None:
        it = "a comment" if decision.act == "submit" else "their comment"
    did = DID.get(decision.act, decision.act.replace("-", " ") + (": {it}" if decision.thread_id else ""))
    is_of_site = decision.thread_id == SITE_CHAIN
    return Entry(
        at=decision.at,
        # Filled in, not formatted: a name may have braces.
        words=f"{who} {did}".replace("{it}", it, 1),
        title=(line.thread.title or line.thread.url) if line.thread is not None else None,
        thread=to_text(line.thread.id) if line.thread is not None else None,
        comment=to_text(decision.comment_id) if decision.comment_id is not None and line.author is not None else None,
        change=_change(decision.state_from, decision.state_to),
        reasons=[_reason(reason) for reason in decision.reasons],
        note=line.note,
        place=f"row {decision.seq:,} of {'the chain of the site' if is_of_site else 'the chain of its thread'}",
    )


def _change(before: str | None, after: str | None) -> str | None:
    if after is None or before == after:
        return None
    return after if before is None else f"{before} → {after}"


def _reason(reason: Any) -> str:
    # What is in the log may have been spoilt in the database.
    if not isinstance(reason, str):
        return "unreadable"
    kind, _, rest = reason.partition("-")
    if kind == "comments" and rest.isascii() and rest.isdigit():
        return comments(int(rest))
    if kind in ("to", "from") and len(rest) == 13:
        return f"{kind} another thread"
    return reason_in_words(reason)


def _act(act: str) -> str:
    return DID.get(act, act.replace("-", " ")).replace("{it}", "…").replace("…", "").strip().replace("  ", " ")

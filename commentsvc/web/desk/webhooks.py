"""Webhooks, for a site's owners: where events are told, what came of it, and buttons that test and tell again."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import abort
from flask import g
from flask import redirect
from flask import request
from flask import url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from commentsvc.models.decision import Actor
from commentsvc.models.delivery import Delivery
from commentsvc.models.ids import from_text
from commentsvc.models.ids import to_text
from commentsvc.models.webhook import EVENTS
from commentsvc.models.webhook import JSON_SHAPE
from commentsvc.models.webhook import SHAPES
from commentsvc.models.webhook import TEST
from commentsvc.models.webhook import Webhook
from commentsvc.moderators import moderating
from commentsvc.notifying import hook_signing
from commentsvc.people import hooking
from commentsvc.refusals import Invalid
from commentsvc.refusals import UnknownWebhook
from commentsvc.text.urls import parse_url
from commentsvc.web.desk.page import page
from commentsvc.web.desk.page import plain
from commentsvc.web.desk.words import ago
from commentsvc.web.service import service

# What the buttons of a webhook's page do.
PAUSE, RESUME, ROTATE, REMOVE, SEND_TEST = "pause", "resume", "rotate", "remove", "test"
ACTS = (PAUSE, RESUME, ROTATE, REMOVE, SEND_TEST)

EVENT_WORDS = {
    "comment.pending": "a comment waits",
    "comment.approved": "a comment is published",
    "comment.spam": "a comment is marked as spam",
    "comment.rejected": "a comment is rejected",
    "comment.deleted": "a comment is deleted or taken back",
    "comment.edited": "the text of a comment is changed",
    "report.created": "a reader reports a comment",
    TEST: "a test",
}
SHAPE_WORDS = {
    "json": "JSON, signed, for a program of your own", "slack": "Slack", "discord": "Discord", "telegram": "Telegram",
}  # fmt: skip
SUGGESTED = ("comment.pending", "report.created")


@dataclass(frozen=True)
class Line:
    """A webhook in the list."""

    id: str
    origin: str
    shape: str
    events: list[str]
    state: str
    kind: str


@dataclass(frozen=True)
class Told:
    """A delivery as the log shows it."""

    id: str
    words: str
    when: str
    state: str
    kind: str
    answer: str
    is_over: bool


def webhooks() -> Response:
    """Show the site's webhooks and the form for another one."""
    return _list(MultiDict([("shape", JSON_SHAPE), *(("event", event) for event in SUGGESTED)]))


def add_webhook() -> Response:
    """Add a webhook and show its page."""
    try:
        made = hooking.add(g.site, _typed(), service().settings.webhooks_private, service().now(), _by())
    except Invalid as refused:
        return _list(request.form, refused, 422)
    return _to(to_text(made.id), "webhook-add")


def add_webhook_again(sentence: str, status: int) -> Response:
    """Show the form as it was typed, with a sentence."""
    return _list(request.form, status=status, sentence=sentence)


def webhook(webhook: str) -> Response:
    """Show a webhook: its settings, its secret, what it was told last."""
    found = hooking.look_at(g.site, _number(webhook))
    return _one(found, _typed_of(found.webhook))


def edit_webhook(webhook: str) -> Response:
    """Change a webhook."""
    number = _number(webhook)
    try:
        hooking.edit(g.site, number, _typed(), service().settings.webhooks_private, service().now(), _by())
    except Invalid as refused:
        return _one(hooking.look_at(g.site, number), request.form, refused, 422)
    return _to(webhook, "webhook-edit")


def edit_webhook_again(sentence: str, status: int, webhook: str) -> Response:
    """Show the form as it was typed, with a sentence."""
    try:
        found = hooking.look_at(g.site, _number(webhook))
    except UnknownWebhook:
        return plain("desk/out_of_date.html", status, sentence=sentence)
    return _one(found, request.form, status=status, sentence=sentence)


def act_on_webhook(webhook: str, act: str) -> Response:
    """Pause a webhook, have it go on, give it another secret, remove it, or send a test."""
    number, now = _number(webhook), service().now()
    if act in (PAUSE, RESUME):
        hooking.set_paused(g.site, number, act == PAUSE, now, _by())
    elif act == ROTATE:
        hooking.rotate(g.site, number, now, _by())
    elif act == SEND_TEST:
        hooking.send_test(g.site, number, now)
    else:
        hooking.remove(g.site, number, now, _by())
        return redirect(url_for("desk.webhooks", site=g.site.key, did="webhook-remove"), 303)
    return _to(webhook, f"webhook-{act}")


def redeliver(webhook: str, delivery: str) -> Response:
    """Have a webhook told again what it was told before."""
    number = from_text(delivery)
    if number is None or not hooking.redeliver(g.site, _number(webhook), number, service().now()):
        abort(404, "There is no such delivery, or it is still to come.")
    return _to(webhook, "webhook-again")


def _list(typed: Any, refused: Invalid | None = None, status: int = 200, sentence: str | None = None) -> Response:
    lines = [_line(each, service().now()) for each in hooking.look(g.site)]
    return _page("desk/webhooks.html", status, typed, refused, sentence, lines=lines)


def _one(
    found: hooking.View, typed: Any, refused: Invalid | None = None, status: int = 200, sentence: str | None = None
) -> Response:
    now, each, keys = service().now(), found.webhook, service().keys
    return _page(
        "desk/webhooks_one.html",
        status,
        typed,
        refused,
        sentence,
        line=_line(each, now),
        is_paused=each.paused is not None,
        is_gone=each.gone,
        is_signed=each.shape == JSON_SHAPE,
        secret=hook_signing.secret(keys, g.site, each),
        former=hook_signing.former_secret(keys, g.site, each, now),
        told=[_told(delivery, now) for delivery in found.deliveries],
    )


def _page(
    template: str, status: int, typed: Any, refused: Invalid | None, sentence: str | None, **values: Any
) -> Response:
    errors = {error.field: error.message for error in refused.errors} if refused is not None else {}
    return page(
        template,
        "settings",
        moderating.sizes(g.site),
        status,
        errors=errors,
        sentence=sentence,
        typed={name: typed.get(name, "") for name in ("url", "shape", "chat")},
        chosen=typed.getlist("event"),
        shapes=[(shape, SHAPE_WORDS[shape]) for shape in SHAPES],
        events=[(event, EVENT_WORDS[event]) for event in EVENTS],
        **values,
    )


def _line(each: Webhook, now: datetime) -> Line:
    if each.paused is not None:
        state, kind = ("ended by the receiver" if each.gone else "paused"), "wait"
    elif each.resting_until is not None and each.resting_until > now:
        seconds = round((each.resting_until - now).total_seconds())
        state, kind = f"failing, tried again in {-(-seconds // 60)} min", "wait"
    else:
        state, kind = "at work", "good"
    words = [EVENT_WORDS[event] for event in each.events]
    return Line(to_text(each.id), parse_url(each.url).origin, SHAPE_WORDS[each.shape], words, state, kind)


def _told(delivery: Delivery, now: datetime) -> Told:
    if delivery.delivered is not None:
        state, kind = "delivered", "good"
    elif delivery.parked is not None:
        state, kind = "given up", "wait"
    else:
        state, kind = ("waits" if not delivery.attempts else "failed, waits"), "plain"
    answer = [f"HTTP {delivery.status}"] if delivery.status is not None else []
    answer += [delivery.words] if delivery.words else []
    answer += [f"{delivery.took:,} ms"] if delivery.took is not None else []
    if delivery.attempts:
        answer.append("1 attempt" if delivery.attempts == 1 else f"{delivery.attempts} attempts")
    is_over = delivery.delivered is not None or delivery.parked is not None
    words = EVENT_WORDS[delivery.kind]
    return Told(to_text(delivery.id), words, ago(delivery.at, now), state, kind, " · ".join(answer), is_over)


def _typed() -> hooking.Wanted:
    form = request.form
    events = tuple(form.getlist("event"))
    return hooking.Wanted(form.get("url", ""), form.get("shape", ""), events, form.get("chat", ""))


def _typed_of(each: Webhook) -> MultiDict[str, str]:
    pairs = [("url", each.url), ("shape", each.shape), ("chat", each.chat or "")]
    return MultiDict(pairs + [("event", event) for event in each.events])


def _number(webhook: str) -> int:
    number = from_text(webhook)
    if number is None:
        raise UnknownWebhook
    return number


def _by() -> Actor:
    return Actor("moderator", g.moderator.id)


def _to(webhook: str, did: str) -> Response:
    return redirect(url_for("desk.webhook", site=g.site.key, webhook=webhook, did=did), 303)

"""Moderators set the rules of their site, and see what a rule would have done before it does anything."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from commentsvc.authors.judging import digest_of
from commentsvc.database import reading
from commentsvc.database import transaction
from commentsvc.models import rule as stored
from commentsvc.models.decision import Actor
from commentsvc.models.decision import record
from commentsvc.models.ids import new_id
from commentsvc.models.rule import ScreeningRule
from commentsvc.models.site import Site
from commentsvc.models.text_mark import mark
from commentsvc.models.text_mark import unmarked
from commentsvc.refusals import FieldError
from commentsvc.refusals import Invalid
from commentsvc.refusals import UnknownRule
from commentsvc.refusals import UnknownSite
from commentsvc.screening.policy import HOLD
from commentsvc.screening.policy import SPAM
from commentsvc.screening.rules import kinds
from commentsvc.screening.rules.rule import Rule
from commentsvc.screening.rules.rule import RuleRefused
from commentsvc.screening.rules.rule import check_rule

MAX_RULES = 100
# The texts of so many comments are read again where a rule first asks for the same text, so many at a time.
MAX_MARKED = 10_000
MARKED_AT_ONCE = 500


def checked(kind: str, settings: Mapping[str, Any], action: str, reason: str = "", is_on: bool = True) -> Rule:
    """Return a rule of what was typed; raise Invalid naming each field that cannot be taken."""
    try:
        return check_rule(kind, settings, action, reason, is_on)
    except RuleRefused as refused:
        raise Invalid(*(FieldError(wrong.field, wrong.code, wrong.message) for wrong in refused.wrong)) from refused


def rules(site: Site) -> list[ScreeningRule]:
    """Return the rules of a site in their order; raise DatabaseAway."""
    with reading() as session:
        return stored.rules_of(session, site)


def rule(site: Site, rule_id: int) -> ScreeningRule:
    """Return one rule of a site; raise UnknownRule or DatabaseAway."""
    with reading() as session:
        return _rule(session, site, rule_id)


def reasons_in_words(site: Site) -> dict[str, str]:
    """Return what each rule says of a comment, by how decisions name it, also of rules that were removed."""
    with reading() as session:
        return stored.reasons_of(session, site)


def add(site: Site, by: Actor, new: Rule, now: datetime) -> int:
    """Add a rule after all others and return its id; it binds for the next comment. Raises Invalid."""
    return _add(site, by, [new], "rule-add", now)[0]


def edit(site: Site, by: Actor, rule_id: int, changed: Rule, now: datetime) -> None:
    """Set a rule otherwise, of the same kind; raise UnknownRule, or Invalid where it is of another kind."""
    remember_texts(site, changed)
    with transaction() as session:
        locked, found = _locked(session, site, rule_id)
        if found.kind != changed.kind:
            raise Invalid(FieldError("kind", "invalid", "A rule stays of its kind. Please add another one."))
        found.settings, found.action, found.reason = dict(changed.settings), changed.action, changed.reason
        found.is_on = changed.is_on
        _note(session, locked, by, found, "rule-edit", now)


def switch(site: Site, by: Actor, rule_id: int, is_on: bool, now: datetime) -> None:
    """Let a rule act, or act no more; raise UnknownRule."""
    if is_on:
        found = rule(site, rule_id)
        remember_texts(site, Rule(found.kind, found.settings, found.action, found.reason))
    with transaction() as session:
        locked, found = _locked(session, site, rule_id)
        if found.is_on != is_on:
            found.is_on = is_on
            _note(session, locked, by, found, "rule-on" if is_on else "rule-off", now)


def move(site: Site, by: Actor, rule_id: int, up: bool, now: datetime) -> None:
    """Change places with the rule before, or after; at the end of the list nothing happens. Raises UnknownRule."""
    with transaction() as session:
        locked, found = _locked(session, site, rule_id)
        order = stored.rules_of(session, site)
        place = order.index(found)
        other = place - 1 if up else place + 1
        if not 0 <= other < len(order):
            return
        order[place], order[other] = order[other], order[place]
        for number, each in enumerate(order, 1):
            each.place = number
        _note(session, locked, by, found, "rule-move", now)


def remove(site: Site, by: Actor, rule_id: int, now: datetime) -> None:
    """Remove a rule; what it was set to is forgotten, its reason stays for the decisions that name it."""
    with transaction() as session:
        locked, found = _locked(session, site, rule_id)
        found.is_on, found.removed, found.settings = False, now, {}
        _note(session, locked, by, found, "rule-remove", now)


def import_wordpress(site: Site, by: Actor, moderation: str, disallowed: str, now: datetime) -> list[int]:
    """Make rules of WordPress's two lists of keys, one a line, and return their ids; raise Invalid.

    As there, a key is found within words, in name, mail address, website, text and network, whatever its case: what is
    on `moderation_keys` is held, what is on `disallowed_keys` is spam.
    """
    lists = (
        ("moderation_keys", moderation, HOLD, "a moderation key of WordPress"),
        ("disallowed_keys", disallowed, SPAM, "a disallowed key of WordPress"),
    )
    made, wrong = [], []
    for field, text, action, reason in lists:
        if not text.strip():
            continue
        try:
            made.append(checked(kinds.WORDS, {"words": text, "inside": True, "where": "everywhere"}, action, reason))
        except Invalid as refused:
            wrong += [replace(error, field=field) for error in refused.errors]
    if not made and not wrong:
        wrong.append(FieldError("moderation_keys", "empty", "Please paste at least one of the two lists."))
    if wrong:
        raise Invalid(*wrong)
    return _add(site, by, made, "rule-import", now)


def remember_texts(site: Site, asking: Rule) -> None:
    """Keep marks of what the newest comments say, up to 10,000, where a rule asks for the same text again.

    Done apart and in small steps, so that nobody who posts meanwhile waits for all of it.
    """
    if asking.kind != kinds.DUPLICATE or not asking.is_on:
        return
    for _ in range(MAX_MARKED // MARKED_AT_ONCE):
        with reading() as session:
            texts = unmarked(session, site, MARKED_AT_ONCE)
        digests = [(number, digest_of(source), at) for number, at, source in texts]
        try:
            with transaction() as session:
                for number, digest, at in digests:
                    mark(session, site.id, number, digest, at)
        except IntegrityError:
            # Another process marked one of them, or one is gone; what is left is found in the next round.
            continue
        if len(texts) < MARKED_AT_ONCE:
            return


def _add(site: Site, by: Actor, new: list[Rule], act: str, now: datetime) -> list[int]:
    for each in new:
        remember_texts(site, each)
    with transaction() as session:
        locked = _lock(session, site)
        if len(stored.rules_of(session, site)) + len(new) > MAX_RULES:
            raise Invalid(FieldError("kind", "too_many", f"A site has at most {MAX_RULES} rules."))
        place = stored.last_place(session, site)
        added = []
        for each in new:
            place += 1
            row = ScreeningRule(
                site_id=site.id,
                id=new_id(now),
                place=place,
                kind=each.kind,
                action=each.action,
                reason=each.reason,
                settings=dict(each.settings),
                is_on=each.is_on,
                version=0,
                changed=now,
            )
            session.add(row)
            _note(session, locked, by, row, act, now)
            added.append(row.id)
        return added


def _note(session: Session, site: Site, by: Actor, row: ScreeningRule, act: str, now: datetime) -> None:
    row.version += 1
    row.changed = now
    record(session, site, None, act=act, by=by, at=now, reasons=(row.code, row.kind, row.action), note=row.reason)


def _locked(session: Session, site: Site, rule_id: int) -> tuple[Site, ScreeningRule]:
    return _lock(session, site), _rule(session, site, rule_id)


def _lock(session: Session, site: Site) -> Site:
    # Changes of rules stand in line, since each is a link of the site's one chain.
    locked = session.get(Site, site.id, with_for_update=True, populate_existing=True)
    if locked is None:
        raise UnknownSite(site.key)
    return locked


def _rule(session: Session, site: Site, rule_id: int) -> ScreeningRule:
    found = stored.rule_of(session, site, rule_id)
    if found is None:
        raise UnknownRule
    return found

"""Rules of an archive are set up after those that a site has."""

from datetime import datetime

from sqlalchemy import insert
from sqlalchemy import select
from sqlalchemy.orm import Session

from commentsvc.database import reading
from commentsvc.database import transaction
from commentsvc.models.decision import OPERATOR
from commentsvc.models.decision import record
from commentsvc.models.ids import new_id
from commentsvc.models.rule import ScreeningRule
from commentsvc.models.rule import last_place
from commentsvc.models.rule import rules_of
from commentsvc.models.site import Site
from commentsvc.models.source import Source
from commentsvc.moderators import ruling
from commentsvc.moving.batches import BATCH
from commentsvc.moving.batches import persist
from commentsvc.moving.found import FoundMore
from commentsvc.moving.intake import Intake
from commentsvc.refusals import Invalid
from commentsvc.screening.rules.kinds import KINDS
from commentsvc.screening.rules.rule import ACTIONS
from commentsvc.screening.rules.rule import MAX_REASON
from commentsvc.screening.rules.rule import Rule

RULE = "rule"
# With those that were removed, of which only the reason is left.
MAX_LINES = 1000


def take_rules(intake: Intake) -> None:
    """Set up the rules of an archive that are new here, in their order; all of them bind from then on."""
    found = sorted(
        (one for batch in intake.staging.aside.batches(RULE, BATCH) for one in batch),
        key=lambda one: (one.values["place"], one.id),
    )
    for one in found[MAX_LINES:]:
        intake.skip(one, f"rule: an archive has at most {MAX_LINES:,}")
    checked = []
    for one in found[:MAX_LINES]:
        try:
            checked.append((one, _checked(one)))
        except Invalid as refused:
            intake.skip(one, f"{refused.errors[0].field}: {refused.errors[0].message}")
    if not checked:
        return
    fresh, too_many = persist(lambda: _attempt(intake, checked))
    for one in too_many:
        intake.skip(one, f"rule: a site has at most {ruling.MAX_RULES}")
    for number in range(len(checked) - len(too_many)):
        intake.count(number < len(fresh))
    for _, rule in fresh:
        if not intake.dry:
            ruling.remember_texts(intake.site, rule)


def _checked(found: FoundMore) -> Rule:
    values = found.values
    reason = values["reason"] or ""
    if values["removed"] is None:
        return ruling.checked(values["rule"], values["settings"], values["action"], reason, values["on"])
    if values["rule"] not in KINDS or values["action"] not in ACTIONS or len(reason) > MAX_REASON:
        return ruling.checked(values["rule"], {}, values["action"], reason)
    return Rule(values["rule"], {}, values["action"], reason, False)


def _attempt(
    intake: Intake, checked: list[tuple[FoundMore, Rule]]
) -> tuple[list[tuple[FoundMore, Rule]], list[FoundMore]]:
    with reading() as session:
        before = intake.known(session, RULE, [found for found, _ in checked])
        there = set(session.scalars(select(ScreeningRule.id).where(ScreeningRule.site_id == intake.site.id)))
        room = ruling.MAX_RULES - len(rules_of(session, intake.site))
    fresh: list[tuple[FoundMore, Rule]] = []
    too_many: list[FoundMore] = []
    for found, rule in checked:
        if found.id in before or intake.ids.ours(found.id) in there:
            continue
        if found.values["removed"] is None:
            room -= 1
            if room < 0:
                too_many.append(found)
                continue
        fresh.append((found, rule))
    if fresh and not intake.dry:
        with transaction() as session:
            _store(session, intake, fresh)
    return fresh, too_many


def _store(session: Session, intake: Intake, fresh: list[tuple[FoundMore, Rule]]) -> None:
    home = session.get_one(Site, intake.site.id, with_for_update=True)
    place = last_place(session, home)
    for found, rule in fresh:
        own, now = intake.ids.ours(found.id), intake.moment()
        place += 1
        row = ScreeningRule(
            site_id=home.id,
            id=own if own is not None else new_id(now),
            place=place,
            kind=rule.kind,
            action=rule.action,
            reason=rule.reason,
            settings=dict(rule.settings),
            is_on=rule.is_on,
            version=1,
            changed=_time(found, "changed") or now,
            removed=_time(found, "removed"),
        )
        session.add(row)
        if own is None:
            source = {"source": intake.ids.source, "kind": RULE, "source_id": found.id, "our_id": row.id}
            session.execute(insert(Source.__table__), {"site_id": home.id} | source)  # pyright: ignore[reportArgumentType]
        reasons = (row.code, row.kind, row.action)
        record(session, home, None, act="rule-import", by=OPERATOR, at=now, reasons=reasons, note=row.reason)


def _time(found: FoundMore, name: str) -> datetime | None:
    text = found.values[name]
    return datetime.fromisoformat(text) if text is not None else None

"""The settings of a site, for its owners; what they may be is checked where the command line has it checked."""

from typing import Any

from flask import g
from flask import redirect
from flask import request
from flask import url_for
from werkzeug.wrappers import Response

from commentsvc.models.decision import Actor
from commentsvc.models.site import HOLDS
from commentsvc.models.site import Site
from commentsvc.moderators import moderating
from commentsvc.people import managing
from commentsvc.people.site_settings import PROOFS
from commentsvc.people.site_settings import check_settings
from commentsvc.refusals import FieldError
from commentsvc.refusals import Invalid
from commentsvc.web.desk.page import page
from commentsvc.web.service import service

WORDS = ("name", "language", "hold", "proof", "tell_moderators", "privacy_url", "consent")
NUMBERS = ("hold_links", "trust", "report_hold", "close_after_days", "edit_seconds", "digest_hour")
SWITCHES = ("email_required", "website_field", "weekly")


def site_settings() -> Response:
    """Show the settings; store those that were changed."""
    if request.method != "POST":
        return _form(_typed_of(g.site))
    try:
        changed = _changed(g.site)
        if changed:
            by = Actor("moderator", g.moderator.id)
            managing.edit_site(g.site.key, changed, service().now(), by)
    except Invalid as refused:
        return _form(request.form.to_dict(), refused)
    did = "settings" if changed else "settings-same"
    return redirect(url_for("desk.site_settings", site=g.site.key, did=did), 303)


def _changed(site: Site) -> dict[str, Any]:
    # What stands as it was is not sent on, so that the decision names what was changed alone.
    before = _typed_of(site)
    errors = []
    changed: dict[str, Any] = {}
    for name in (*WORDS, *NUMBERS):
        typed = request.form.get(name, before[name]).strip()
        if typed == before[name]:
            continue
        if name in NUMBERS and not (typed.isascii() and typed.isdigit() and len(typed) < 10):
            errors.append(FieldError(name, "invalid", "Type a number, 0 or more."))
            continue
        changed[name] = int(typed) if name in NUMBERS else typed
    origins = request.form.get("origins", before["origins"]).split()
    if not origins:
        errors.append(FieldError("origins", "empty", "A site needs at least one origin, such as https://example.org."))
    if origins != before["origins"].split():
        changed["origins"] = origins
    names = [name.strip() for name in request.form.get("reserved_names", before["reserved_names"]).splitlines()]
    if names != before["reserved_names"].splitlines():
        changed["reserved_names"] = names
    for name in SWITCHES:
        if (name in request.form) != bool(before[name]):
            changed[name] = name in request.form
    if errors:
        _look_at_the_others(changed, errors)
        raise Invalid(*errors)
    return changed


def _look_at_the_others(changed: dict[str, Any], errors: list[FieldError]) -> None:
    # Everything that is wrong is said at once.
    try:
        check_settings(changed)
    except Invalid as refused:
        errors.extend(refused.errors)


def _typed_of(site: Site) -> dict[str, str]:
    values = {name: getattr(site, name) for name in (*WORDS, *NUMBERS)}
    typed = {name: str(value) if value is not None else "" for name, value in values.items()}
    typed["close_after_days"] = str(site.close_after_days or 0)
    typed["origins"] = "\n".join(site.origins)
    typed["reserved_names"] = "\n".join(site.reserved_names)
    return typed | {name: "on" if getattr(site, name) else "" for name in SWITCHES}


def _form(typed: dict[str, str], refused: Invalid | None = None) -> Response:
    return page(
        "desk/settings.html",
        "settings",
        moderating.sizes(g.site),
        422 if refused is not None else 200,
        typed=typed,
        errors={error.field: error.message for error in refused.errors} if refused is not None else {},
        holds=HOLDS,
        proofs=PROOFS,
    )

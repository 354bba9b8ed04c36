"""The thread as a plain page: read, reply and preview without JavaScript and without a cookie."""

from dataclasses import dataclass
from dataclasses import replace
from datetime import timedelta
from typing import Any

from flask import Blueprint
from flask import Response
from flask import redirect
from flask import render_template
from flask import request
from flask import url_for
from werkzeug.exceptions import RequestEntityTooLarge

from commentsvc.authors import posting
from commentsvc.authors.submission import Submission
from commentsvc.authors.submission import check
from commentsvc.authors.submission import check_text
from commentsvc.authors.submission import clean_ref
from commentsvc.models import ids
from commentsvc.models.site import Site
from commentsvc.notifying import outbox
from commentsvc.people import managing
from commentsvc.readers import finding
from commentsvc.readers import publishing
from commentsvc.refusals import DatabaseAway
from commentsvc.refusals import FieldError
from commentsvc.refusals import Invalid
from commentsvc.refusals import ThreadClosed
from commentsvc.refusals import TooMany
from commentsvc.text.addresses import canonical_address
from commentsvc.text.refusal import TextRefused
from commentsvc.web import challenges
from commentsvc.web import template_filters
from commentsvc.web.answers import public_answer
from commentsvc.web.form_tokens import Subject
from commentsvc.web.form_tokens import require_own_page
from commentsvc.web.forms import TOKEN
from commentsvc.web.forms import CommentForm
from commentsvc.web.forms import FollowForm
from commentsvc.web.forms import status_of
from commentsvc.web.problems import Problem
from commentsvc.web.problems import answer
from commentsvc.web.problems import problem_of
from commentsvc.web.service import service
from commentsvc.web.thread_tree import tree
from commentsvc.web.visitors import kept_network
from commentsvc.web.visitors import language_for
from commentsvc.web.visitors import limited_network

HTML = "text/html; charset=utf-8"
# Asked again each time: whoever has just deleted a comment must not meet it on the way back. A copy that is shown while
# we can't be reached is at most half as old as its form's token may get, so that there is time to write.
CACHE = "public, no-cache, stale-if-error=43200"

MAX_FORM = 256 * 1024
KEPT_FOR = timedelta(minutes=10)
FOLLOW = "follow"

pages = Blueprint("pages", __name__)
template_filters.register(pages)


@pages.get("/sites/<site>/thread")
def thread(site: str) -> Response:
    """Show a page of a thread with the form, public and the same for everybody."""
    place = Place.asked_for(site)
    found = finding.site(site)
    now = service().now()
    made = publishing.page(found, place.question(), now)
    form = CommentForm(place.subject())
    form.suit(found)
    html = _thread_html(place, found, made.answer, form)
    # The token in the form must not be older than it may get in time to write.
    ends = min(made.ends or now + KEPT_FOR, now + KEPT_FOR)
    return public_answer(html.encode(), HTML, CACHE, made.grounds, ends)


@pages.post("/sites/<site>/thread")
def post(site: str) -> Response:
    """Take a comment and lead to its receipt, or show the form again with everything that was typed."""
    # Percent-encoded, a comment of the full length in Chinese is larger than the limit for JSON.
    request.max_content_length = MAX_FORM
    require_own_page()
    place = Place.asked_for(site)
    form = CommentForm(place.subject())
    found = None
    try:
        found = managing.site(site)
        form.suit(found)
        if "preview" in request.form:
            return _again(place, found, form, preview=_preview(form))
        receipt = _take(place, found, form)
    except (Invalid, TooMany, ThreadClosed, DatabaseAway) as refusal:
        return _again(place, found, form, problem_of(refusal))
    receipt_page = url_for("receipt_pages.show", site=site, receipt=receipt)
    return redirect(receipt_page, 303)  # pyright: ignore[reportReturnType]


@pages.errorhandler(RequestEntityTooLarge)
def too_large(_error: RequestEntityTooLarge) -> Response:
    """Say where the text is that was too much to be read."""
    words = "This is more than a comment can hold. Go back with your browser: your text should still be there."
    return answer(Problem(413, "Too long", words))


@dataclass(frozen=True)
class Place:
    """Where a reader is: the key of a site, and what the query of the page's address says."""

    site: str
    url: str
    ref: str | None
    sort: str
    cursor: str | None
    comment: str | None
    reply: str | None

    @classmethod
    def asked_for(cls, site: str) -> "Place":
        """Read the place from the request; raise Invalid where it names no article."""
        query = request.args
        if not query.get("url"):
            raise Invalid(FieldError("url", "missing", "The address names no article: the parameter url is missing."))
        return cls(
            site=site,
            url=query["url"],
            ref=query.get("id"),
            sort=query.get("sort", publishing.OLDEST),
            cursor=query.get("cursor"),
            comment=_comment_named("comment"),
            reply=_comment_named("reply"),
        )

    def question(self) -> publishing.Question:
        """Return which page of the thread this is."""
        comment_id = ids.from_text(self.comment) if self.comment is not None else None
        return publishing.Question(self.url, self.ref, self.sort, self.cursor, comment_id)

    def subject(self, act: str = "thread") -> Subject:
        """Return what a form here is for: an act, the site and the thread, however its address is written."""
        try:
            canonical = canonical_address(self.url).canonical
        except TextRefused as refused:
            raise Invalid(FieldError("url", refused.code, refused.message)) from refused
        ref = clean_ref(self.ref)
        what = ("id", ref) if ref is not None else ("url", canonical)
        return Subject(service().keys, service().now(), (act, self.site, *what))

    def link(self, anchor: str | None = None, **changes: str | None) -> str:
        """Return the address of this page, or with changes of what its query says; None leaves a part out."""
        query = {
            "url": self.url,
            "id": self.ref,
            "sort": None if self.sort == publishing.OLDEST else self.sort,
            "cursor": self.cursor,
            "comment": self.comment,
            "reply": self.reply,
        }
        given: Any = {name: value for name, value in (query | changes).items() if value is not None}
        return url_for("pages.thread", site=self.site, _anchor=anchor, **given)

    def link_to(self, comment: str, here: bool) -> str:
        """Return the address of a comment: on this page where it is here, else of the page that holds it."""
        if here:
            return self.link(f"comment-{comment}", reply=None)
        return self.link(f"comment-{comment}", cursor=None, comment=comment, reply=None)


def _take(place: Place, site: Site, form: CommentForm) -> str:
    service().limiter.hit(service().settings.post_limit, "post", limited_network())
    submission = _submission(place, site, form)
    errors = form.problems()
    if errors:
        # All that is wrong is said at once, not one thing after the other.
        try:
            check(site, submission)
        except Invalid as refusal:
            errors = [*errors, *refusal.errors]
        raise Invalid(*form.in_order(errors))
    limits = service().settings.rate_limits
    # The page may have lain in a cache: its age is at least the reader's, so that haste is never seen where none was.
    age = challenges.age(form.typed(TOKEN), place.subject())
    watch = challenges.watch(age, form.typed("subject"))
    return posting.post(site, submission, service().keys, service().now(), limits=limits, watch=watch).receipt


def _submission(place: Place, site: Site, form: CommentForm) -> Submission:
    return Submission(
        url=place.url,
        ref=place.ref,
        parent=place.reply,
        name=form.typed("name"),
        email=form.typed("email"),
        website=form.typed("website"),
        body=form.typed("body"),
        network=kept_network(),
        notify="notify" in form and bool(form.notify.data),
        language=language_for(site),
        idempotency_key=form.idempotency_key(place.site, place.url, place.ref, place.reply, limited_network()),
    )


def _preview(form: CommentForm) -> str:
    service().limiter.hit(service().settings.preview_limit, "preview", limited_network())
    return check_text(form.typed("body")).html


def _again(
    place: Place, site: Site | None, form: CommentForm, problem: Problem | None = None, preview: str | None = None
) -> Response:
    content = None
    if site is not None:
        try:
            content = publishing.page(site, place.question(), service().now()).answer
        except DatabaseAway:
            # What was typed comes back even where the thread can't be read.
            content = None
    if site is None or content is None:
        html = render_template("thread/kept.html", place=place, form=form, problem=problem, heading="h2")
    else:
        html = _thread_html(place, site, content, form, problem, preview)
    response = Response(html, status_of(problem) if problem is not None else 200, content_type=HTML)
    response.headers["Cache-Control"] = "no-store"
    if problem is not None and problem.retry_after is not None:
        response.headers["Retry-After"] = str(problem.retry_after)
    return response


def _thread_html(
    place: Place,
    site: Site,
    content: dict[str, Any],
    form: CommentForm,
    problem: Problem | None = None,
    preview: str | None = None,
) -> str:
    roots, by_id = tree(content["comments"])
    target = by_id.get(place.reply or "")
    gone = target is not None and not target.comment["author"]
    if gone or (problem is not None and any(error.field == "parent" for error in problem.errors)):
        # There is nothing to answer any more: what was typed can be posted as a comment of its own.
        place, target, gone = replace(place, reply=None), None, True
    return render_template(
        "thread/thread.html",
        site=site,
        place=place,
        thread=content["thread"],
        roots=roots,
        # Only the beginning of a thread tells what its form asks for.
        is_first="form" in content,
        is_missing=place.comment is not None and place.comment not in by_id,
        following=content["next"],
        form=form,
        follow=FollowForm(place.subject(FOLLOW)) if outbox.current() is not None else None,
        target=target,
        gone=gone,
        problem=problem,
        preview=preview,
    )


def _comment_named(name: str) -> str | None:
    text = request.args.get(name, "")
    return text if ids.from_text(text) is not None else None

"""Feeds that anybody can subscribe to: the newest comments of a site, or of one thread."""

from flask import Blueprint
from flask import Response
from flask import request

from commentsvc.readers import feeding
from commentsvc.readers import finding
from commentsvc.web import atom
from commentsvc.web.answers import public_answer
from commentsvc.web.origins import allow_everybody
from commentsvc.web.service import service

feeds = Blueprint("feeds", __name__)


@feeds.get("/sites/<site>/feed.atom")
def feed(site: str) -> Response:
    """Return the feed of a site, or of the thread that the query names by URL, stable id or both."""
    found, url, ref = finding.site(site), request.args.get("url"), request.args.get("id")
    told = feeding.site_feed(found) if url is None and ref is None else feeding.thread_feed(found, url, ref)
    body = atom.write(found, told, service().settings.base_url)
    return allow_everybody(public_answer(body, atom.CONTENT_TYPE, grounds=told.grounds))

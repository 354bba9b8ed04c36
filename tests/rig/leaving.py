"""A site with everything that an archive can carry, and sites that an archive comes into."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from flask import Flask
from sqlalchemy import select

from commentsvc.database import reading
from commentsvc.database import transaction
from commentsvc.models.comment import Comment
from commentsvc.models.comment import Revision
from commentsvc.models.decision import OPERATOR
from commentsvc.models.decision import record
from commentsvc.models.ids import from_text
from commentsvc.models.ids import new_id
from commentsvc.models.moderator import Moderator
from commentsvc.models.site import Site
from commentsvc.models.subscription import REPLIES
from commentsvc.models.subscription import SITE
from commentsvc.models.subscription import THREAD
from commentsvc.models.subscription import Mailbox
from commentsvc.models.subscription import Subscription
from commentsvc.models.thread import Thread
from commentsvc.models.thread import lock_thread
from commentsvc.moderators import arranging
from commentsvc.moderators import moderating
from commentsvc.moderators import ruling
from commentsvc.moving.exporting import archive_of
from commentsvc.people import managing
from tests.conftest import GAZETTE
from tests.conftest import Clock
from tests.conftest import Reader

HOSTILE = "=cmd|'/C calc'!A0 ]]> <script>alert(1)</script> \u202e **bold** [link](https://example.org/?a=1&b=2) \ufffe"


@dataclass
class Town:
    """Makes sites one after another, and tells what they hold."""

    app: Flask
    clock: Clock
    made: int = 0

    def new_site(self) -> Site:
        """Add an empty site."""
        self.made += 1
        with self.app.app_context():
            return managing.add_site(f"copy-{self.made}", {"name": "Copy", "origins": [GAZETTE]}, self.clock())

    def archive(self, site: Site, *beside: str) -> bytes:
        """Return a site's archive with what is wanted beside it."""
        with self.app.app_context():
            return b"".join(archive_of(site, lambda *_: None, beside))


def shuffled(archive: bytes, seed: int, path: Path) -> Path:
    """Write an archive with its lines in another order behind the header."""
    header, *lines = archive.splitlines(keepends=True)
    Random(seed).shuffle(lines)
    path.write_bytes(b"".join([header, *lines]))
    return path


def furnish(
    app: Flask, site: Site, mona: Moderator, rita: Reader, sam: Reader, decide: Callable, clock: Clock
) -> dict[str, str]:
    """Let everything happen on a site that an archive can tell, and return the ids of comments by name."""
    said: dict[str, str] = {}

    def say(name: str, by: Reader, body: str, parent: str | None = None, **fields: object) -> None:
        clock.advance(seconds=7, microseconds=11)
        said[name] = by.say(body, parent=said.get(parent or ""), **fields)
        if name not in ("waits", "spam", "rejected"):
            decide("approve", said[name])

    say("root", rita, HOSTILE, title="=1+1 & <b>The</b> bridge ]]>")
    say("reply", sam, "- one\n- two\n\n```\ncode <x>\n```", "root", website="sam.example")
    say("pinned", rita, "Read this first.")
    say("waits", sam, "@sum I wait.")
    say("spam", sam, "Buy pills.")
    say("rejected", sam, "No.")
    say("gone", sam, "This one goes.")
    say("under", rita, "I answer what goes.", "gone")
    say("elsewhere", rita, "Under the old address.", url=GAZETTE + "/old", id="old-id", title="Old")
    say("nameless", sam, "Under another one.", url=GAZETTE + "/older", title=None)
    for verb, name in (("spam", "spam"), ("reject", "rejected"), ("delete", "gone")):
        clock.advance(seconds=5)
        decide(verb, said[name])
    clock.advance(seconds=5)
    assert rita.own("PATCH", said["under"], json={"body": "Edited, and waiting."}).status_code == 200
    with app.app_context():
        _arrange(site, mona, said, clock)
    return said


def _arrange(site: Site, mona: Moderator, said: dict[str, str], clock: Clock) -> None:
    by_name = {name: from_text(comment_id) or 0 for name, comment_id in said.items()}
    arranging.pin(site, mona, by_name["pinned"], clock())
    with reading() as session:
        rows = session.execute(select(Thread.url, Thread.id).where(Thread.site_id == site.id))
        threads = {row[0].removeprefix(GAZETTE): row[1] for row in rows}
    bridge = threads["/news/the-old-bridge"]
    for old in ("/old", "/older"):
        clock.advance(seconds=1)
        arranging.merge(site, mona, threads[old], bridge, clock())
    clock.advance(seconds=1)
    moderating.set_open(site, mona, bridge, False, clock())
    for word in ("casino", "poker", "roulette"):
        clock.advance(seconds=1)
        rule = ruling.checked("words", {"words": word, "where": "text"}, "hold", f"about {word}")
        ruling.add(site, OPERATOR, rule, clock())
    second = ruling.rules(site)[1].id
    ruling.remove(site, OPERATOR, second, clock())
    ruling.switch(site, OPERATOR, ruling.rules(site)[1].id, False, clock())
    with transaction() as session:
        now = clock()
        gone = session.get_one(Comment, (site.id, by_name["gone"]))
        gone.name, gone.avatar, gone.withdrawn, gone.erased = "", "0000000000", now, now
        session.get_one(Revision, (site.id, gone.id, 1)).source = ""
        session.get_one(Revision, (site.id, gone.id, 1)).html = ""
        boxes = [
            Mailbox(
                site_id=site.id, id=new_id(now), email=email, folded=email.lower(),
                proven=proven, silenced=silenced, created=now,
            )
            for email, proven, silenced in (
                ("Rita@mail.example", now, None), ("quiet@mail.example", None, now), ("nobody@mail.example", None, None)
            )
        ]  # fmt: skip
        session.add_all(boxes)
        session.flush()
        wanted = ((REPLIES, by_name["root"]), (THREAD, bridge), (THREAD, threads["/old"]), (SITE, 0))
        for box, (kind, about) in (*((boxes[0], one) for one in wanted), (boxes[2], (SITE, 0))):
            confirmed = now if box.proven else None
            session.add(
                Subscription(
                    site_id=site.id, id=new_id(now), mailbox_id=box.id, kind=kind, about_id=about,
                    created=now, confirmed=confirmed, ended=confirmed if kind == SITE else None,
                )
            )  # fmt: skip
        thread = lock_thread(session, site, bridge)
        note = "Ünd why: ]]> words"
        record(session, site, thread, act="hold", by=OPERATOR, at=now, comment_id=by_name["waits"], note=note)

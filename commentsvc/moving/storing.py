"""The importer core: whatever was found, by whichever importer, is stored here, once and whole."""

from collections.abc import Callable
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from commentsvc.keys import Keyring
from commentsvc.models.ids import new_id
from commentsvc.models.site import Site
from commentsvc.models.source import COMMENT
from commentsvc.models.source import THREAD
from commentsvc.moving.batches import BATCH
from commentsvc.moving.batches import Moments
from commentsvc.moving.brought_rules import take_rules
from commentsvc.moving.comments import Importer
from commentsvc.moving.found import Brought
from commentsvc.moving.found import FoundComment
from commentsvc.moving.found import FoundMore
from commentsvc.moving.found import FoundThread
from commentsvc.moving.found import Progress
from commentsvc.moving.found import Remark
from commentsvc.moving.found import Unusable
from commentsvc.moving.homes import Homes
from commentsvc.moving.intake import Intake
from commentsvc.moving.mailboxes import leave_mailboxes
from commentsvc.moving.mailboxes import take_mailboxes
from commentsvc.moving.mailboxes import take_subscriptions
from commentsvc.moving.mending import mend_comment
from commentsvc.moving.mending import mend_thread
from commentsvc.moving.past_decisions import take_decisions
from commentsvc.moving.report import Report
from commentsvc.moving.staging import Staging
from commentsvc.moving.threads import Ids
from commentsvc.moving.threads import settle_threads

STORING = "Storing"


def bring_in(
    site: Site, brought: Brought, keys: Keyring, clock: Callable[[], datetime], report: Report, progress: Progress,
    dry: bool = False, moved: Sequence[tuple[str, str]] = (), mailboxes: bool = False,
) -> None:  # fmt: skip
    """Store what an importer found, and report what became of each entry; a dry run stores nothing.

    All of the file is read before anything is stored; BrokenFile leaves the database as it was. Then it goes by
    batches, each whole or not at all: an import that was interrupted goes on when it is run again. What is there
    already is known by its identity and never touched. `moved` are beginnings of addresses of the file, each with what
    they begin with now. `mailboxes`: take the word of an archive that people confirmed theirs, which only whoever runs
    the service may do, or anybody's mailbox could be filled by a file. Raises DatabaseAway.
    """
    ids = Ids(brought.source, brought.own_ids)
    with Staging() as staging:
        _put_aside(brought, Homes(site.origins, moved), staging, report, clock())
        settle_threads(site, ids, staging, report, Moments(clock), dry)
        made = Moments(clock)
        total = staging.arrange(lambda: new_id(made()))
        for line, identity in staging.homeless():
            report.skip(COMMENT, line, identity, "thread: not in the file and not on the site, or skipped itself")
        importer = Importer(site, ids, keys, Moments(clock), dry)
        done = 0
        for batch in staging.batches(BATCH):
            progress(STORING, done, total)
            staging.settle(importer.take(batch, report))
            done += len(batch)
        progress(STORING, total, total)
        _take_more(Intake(site, ids, staging, report, Moments(clock), dry), mailboxes, progress)
    report.close()


def _put_aside(brought: Brought, homes: Homes, staging: Staging, report: Report, now: datetime) -> None:
    for found in brought.entries:
        if isinstance(found, Remark):
            report.remark(found.words)
            continue
        if isinstance(found, FoundMore):
            report.read(found.kind)
            if not staging.aside.add(found):
                report.skip("other", found.line, f"{found.kind} {found.id}", "id: came in an earlier line")
            continue
        kind = THREAD if isinstance(found, FoundThread) else COMMENT if isinstance(found, FoundComment) else found.kind
        report.read(kind)
        if isinstance(found, FoundThread) and not brought.own_ids:
            found = homes.bring_home(found)
        mended = _mended(found, now, brought.own_ids)
        if isinstance(mended, Unusable):
            report.skip(mended.kind, mended.line, mended.id, mended.reason)
            continue
        mended = replace(mended, sources=staging.claim(kind, mended.sources)) if mended.sources else mended
        is_new = staging.add_thread(mended) if isinstance(mended, FoundThread) else staging.add_comment(mended)
        if not is_new and brought.ids_repeat and isinstance(mended, FoundComment):
            is_new = staging.add_repeated(mended)
        if not is_new:
            report.skip(kind, mended.line, mended.id, "id: came in an earlier line")


def _take_more(intake: Intake, mailboxes: bool, progress: Progress) -> None:
    take_rules(intake)
    if mailboxes:
        take_mailboxes(intake)
        take_subscriptions(intake)
    else:
        leave_mailboxes(intake)
    take_decisions(intake, progress)


def _mended(
    found: FoundThread | FoundComment | Unusable, now: datetime, ours: bool
) -> FoundThread | FoundComment | Unusable:
    if isinstance(found, FoundThread):
        return mend_thread(found)
    return mend_comment(found, now, ours) if isinstance(found, FoundComment) else found

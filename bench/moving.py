"""What moving costs: a site's comments in and out again, by archive and by WordPress's WXR."""

import json
from collections.abc import Iterable
from pathlib import Path
from xml.sax.saxutils import escape

from bench.comments import ORIGIN
from bench.comments import SITE
from bench.comments import Sized
from bench.comments import hundreds
from bench.comments import write_archive
from bench.loading import CommandFailed
from bench.loading import Ran
from bench.loading import measured
from bench.loading import run
from bench.report import Fact
from bench.report import Found
from bench.report import size
from bench.stage import Bench

MILLION = 1_000_000
OTHERWISE = 20_000
_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:wp="http://wordpress.org/export/1.2/">
<channel>
<wp:wxr_version>1.2</wp:wxr_version>
"""


def in_and_out(bench: Bench) -> Found:
    """W8: bring comments in from an archive and from a WXR, and write them out as both."""
    count = MILLION if bench.totals[-1] == MILLION else OTHERWISE
    threads = hundreds(0, count)
    folder = bench.folder / "moving"
    folder.mkdir()
    facts: list[Fact] = []
    for form, write, suffix in (("archive", write_archive, "jsonl"), ("wordpress", write_wxr, "xml")):
        database, given, written = (folder / f"{form}.{each}" for each in ("db", suffix, f"out.{suffix}"))
        run(database, "site", "add", SITE, "--origin", ORIGIN, "--hold", "none")
        write(given, threads)
        ran = measured(database, bench.server_core, "import", "--site", SITE, form, str(given))
        _expect(f"Comments: {count:,} read = {count:,} imported + 0 already there + 0 skipped.", ran)
        facts.append(_fact(f"the import of {count:,} comments, {form}", given, count, ran))
        ran = measured(database, bench.server_core, "export", "--site", SITE, "--format", form, str(written))
        _expect(f"holds {count + len(threads):,} threads and comments.", ran)
        facts.append(_fact(f"the export of {count:,} comments, {form}", written, count, ran))
        for path in (given, written, database):
            path.unlink()
    return Found(facts=facts)


def write_wxr(path: Path, threads: Iterable[Sized]) -> int:
    """Write threads as a WXR for `commentsvc import`; return the number of comments."""
    count = 0
    archive = path.with_suffix(".jsonl")
    write_archive(archive, threads)
    is_open = False
    with archive.open(encoding="utf-8") as lines, path.open("w", encoding="utf-8") as file:
        file.write(_HEAD)
        for line in lines:
            values = json.loads(line)
            if values.get("kind") == "thread":
                file.write("</item>\n" * is_open + _item(values, count))
                is_open = True
            elif values.get("kind") == "comment":
                count += 1
                file.write(_comment(values, count))
        file.write("</item>\n" * is_open + "</channel>\n</rss>\n")
    archive.unlink()
    return count


def _item(values: dict[str, str], before: int) -> str:
    return (
        f"<item>\n<title>{escape(values['title'])}</title>\n<link>{escape(values['url'])}</link>\n"
        f"<wp:post_id>{before + 1}</wp:post_id>\n<wp:status>publish</wp:status>\n<wp:post_type>post</wp:post_type>\n"
    )


def _comment(values: dict[str, str], number: int) -> str:
    # Numbers count through the file; within a thread they follow those of the archive.
    own = int(values["id"].rpartition("-")[2])
    parent = number - own + int(values["parent"].rpartition("-")[2]) if values["parent"] else 0
    time = values["created"].replace("T", " ").rstrip("Z")
    return (
        f"<wp:comment>\n<wp:comment_id>{number}</wp:comment_id>\n"
        f"<wp:comment_author>{escape(values['name'])}</wp:comment_author>\n"
        f"<wp:comment_author_email>{escape(values['email'])}</wp:comment_author_email>\n"
        f"<wp:comment_date_gmt>{time}</wp:comment_date_gmt>\n"
        f"<wp:comment_content>{escape(values['body'])}</wp:comment_content>\n"
        f"<wp:comment_approved>1</wp:comment_approved>\n<wp:comment_type>comment</wp:comment_type>\n"
        f"<wp:comment_parent>{parent}</wp:comment_parent>\n</wp:comment>\n"
    )


def _expect(words: str, ran: Ran) -> None:
    if words not in ran.said:
        raise CommandFailed(f"there should be {words!r} in: {ran.said}")


def _fact(what: str, file: Path, count: int, ran: Ran) -> Fact:
    told = f"{count / ran.seconds:,.0f} comments a second on one core, {size(ran.memory)} of memory at most"
    return Fact("W8", f"{what} ({size(file.stat().st_size)})", told)

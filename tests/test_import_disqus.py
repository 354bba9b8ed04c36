"""Disqus's export comes in, with its empty threads, lost threads and posts before what they answer."""

from pathlib import Path

from flask import Flask

from commentsvc.models.site import Site
from tests.rig.archives import run
from tests.rig.imports import brought
from tests.rig.imports import gzipped
from tests.rig.imports import refused

OPENED = '<disqus xmlns="http://disqus.com" xmlns:dsq="http://disqus.com/disqus-internals">'


def export(*entries: str) -> bytes:
    return f'<?xml version="1.0" encoding="utf-8"?>\n{OPENED}\n{chr(10).join(entries)}\n</disqus>\n'.encode()


def thread(number: int, link: str = "", **values: str) -> str:
    told = {"forum": "gazette", "link": link or f"https://gazette.example/{number}", "title": f"About {number}"}
    told |= {"createdAt": "2013-01-01T00:00:00Z", "isClosed": "false", "isDeleted": "false"} | values
    owner = "<author><name>The owner</name><email>owner@mail.example</email></author>"
    return f'<thread dsq:id="{number}"><id/>{_elements(told)}<message />{owner}<category dsq:id="9" /></thread>'


def post(number: int, thread: int = 1, parent: int | None = None, author: str = "", **values: str) -> str:
    told = {"message": f"<p>I am {number}.</p>", "createdAt": f"2013-10-10T19:20:{number:02}Z"}
    told |= {"isDeleted": "false", "isSpam": "false"} | values
    who = author or f"<name>Reader {number}</name><isAnonymous>true</isAnonymous>"
    above = f'<parent dsq:id="{parent}"/>' if parent is not None else ""
    return (
        f'<post dsq:id="{number}"><id/>{_elements(told)}<author>{who}</author><thread dsq:id="{thread}"/>{above}</post>'
    )


def _elements(values: dict[str, str]) -> str:
    return "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in values.items())


def test_everything_is_taken_or_told(app: Flask, site: Site, database_url: str, tmp_path: Path) -> None:
    path = tmp_path / "export.xml.gz"
    account = "<name></name><username>ada</username><email>ada@mail.example</email><isAnonymous>false</isAnonymous>"
    entries = (
        post(5, parent=4, author=account, ipAddress="10.9.8.7", likes="3"),
        thread(1, isClosed="true"),
        '<thread dsq:id="2"><id/></thread>',
        thread(3, title=""),
        post(4),
        post(6, isDeleted="true", message=""),
        post(7, parent=6),
        post(8, isSpam="true", isDeleted="true"),
        post(9, isApproved="false"),
        post(10, thread=1337),
        post(11, parent=10),
        post(12, message=" "),
        thread(4, "http://gazette.example/1/?utm_source=x"),
        post(13, thread=4),
        post(4, message="The same again."),
    )
    path.write_bytes(gzipped(export(*entries)))
    report, held = brought(app, database_url, site.key, "disqus", path)
    assert "11 read = 8 imported + 0 already there + 3 skipped" in report
    assert "4 read = 1 made + 0 found + 1 joined with another of the file + 2 skipped" in report
    for words in (
        "link: missing, or can't be used",
        "comments: there are none, and a thread is made with its first",
        "thread: not in the file and not on the site, or skipped itself",
        "body: there is none",
        "id: came in an earlier line",
        "parent: in another thread; kept as a comment of its own",
        "not taken: votes of a comment (1 times)",
    ):
        assert words in report, words
    states = {number: held[f"comment {number}"]["state"] for number in (4, 6, 8, 9)}
    assert states == {4: "approved", 6: "deleted", 8: "spam", 9: "pending"}
    ada = held["comment 5"]
    assert (ada["name"], ada["email"], ada["network"]) == ("ada", "ada@mail.example", "10.9.8.0/24")
    assert (ada["parent"], ada["body"], ada["markup"]) == ("4", "<p>I am 5.</p>", "html")
    assert held["comment 7"]["parent"] == "6"
    assert (held["thread 1"]["title"], held["thread 1"]["closed"]) == ("About 1", "2013-01-01T00:00:00Z")
    assert held["comment 13"]["thread"] == "1"


def test_an_export_without_posts_is_a_success_and_another_file_is_none(
    site: Site, database_url: str, tmp_path: Path
) -> None:
    path = tmp_path / "export.xml"
    path.write_bytes(export(thread(1)))
    told = run(database_url, "import", "--site", site.key, "disqus", str(path))
    assert told.exit_code == 0
    assert "Comments: 0 read = 0 imported" in told.output
    path.write_bytes(b'<rss version="2.0"></rss>')
    assert "it begins with <rss>, and not with <disqus>" in refused(database_url, site.key, "disqus", path)
    path.write_bytes(export(post(1))[:-40])
    assert "line 3, column 257: this is not XML: unclosed token" in refused(database_url, site.key, "disqus", path)

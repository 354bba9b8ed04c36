"""WordPress's export comes in: every version of it, every state, and whatever blogs of twenty years hold."""

from pathlib import Path

import pytest
from flask import Flask

from commentsvc.models.site import Site
from commentsvc.moving.importers.paragraphs import with_links
from commentsvc.moving.importers.paragraphs import with_paragraphs
from tests.rig.archives import exported
from tests.rig.archives import run
from tests.rig.imports import brought
from tests.rig.imports import gzipped
from tests.rig.imports import refused
from tests.rig.imports import zipped

OPENED = '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:wp="{}"><channel>'
SPACE = "http://wordpress.org/export/1.2/"


def wxr(*items: str, space: str = SPACE) -> str:
    return f'<?xml version="1.0" encoding="UTF-8" ?>\n{OPENED.format(space)}\n' + "\n".join(items) + "</channel></rss>"


def item(number: int, *comments: str, **fields: str) -> str:
    values = {"link": f"https://gazette.example/{number}/", "title": f"About {number}", "wp:post_id": str(number)}
    values |= {"wp:post_date_gmt": "2015-01-01 08:00:00", "wp:status": "publish"}
    values |= {(name if name in ("link", "title") else f"wp:{name}"): value for name, value in fields.items()}
    # An article's own text has whatever it has, and meta values are PHP: nobody reads them.
    rest = "<content:encoded><![CDATA[<wp:comment>]]></content:encoded>"
    rest += '<wp:postmeta><wp:meta_value><![CDATA[O:8:"stdClass":0:{}]]></wp:meta_value></wp:postmeta>'
    return f"<item>{_elements(values)}{rest}{''.join(comments)}</item>"


def said(number: int, text: str = "Well said.", **fields: str) -> str:
    values = {"id": str(number), "author": f"Reader {number}", "author_email": f"r{number}@mail.example"}
    values |= {"date": "2016-05-01 12:00:00", "date_gmt": f"2016-05-01 10:00:{number:02}", "content": text}
    values |= {"approved": "1", "type": "", "parent": "0"} | fields
    meta = "<wp:commentmeta><wp:meta_key>x</wp:meta_key><wp:meta_value>a:0:{}</wp:meta_value></wp:commentmeta>"
    return f"<wp:comment>{_elements({f'wp:comment_{name}': one for name, one in values.items()})}{meta}</wp:comment>"


def _elements(values: dict[str, str]) -> str:
    return "".join(f"<{name}><![CDATA[{value}]]></{name}>\n" for name, value in values.items())


BLOG = wxr(
    item(
        1,
        said(12, "I answer.", parent="11"),
        said(11, "One line\nand another.\n\n<pre>a\n\nb</pre>\nEnd & <b>bold</b><script>alert(1)</script>"),
        said(13, approved="0", author_url="reader.example", author_IP="::ffff:10.1.2.3"),
        said(14, approved="spam"),
        said(15, approved="trash", type="comment"),
        said(16, "[&#8230;] a link [&#8230;]", type="pingback", author="Some blog", author_url="https://b.example/"),
        said(17, "Order sent", type="order_note"),
        said(18, parent="99", author="  ", author_email="  r18@mail.example\n  "),
        said(19, date_gmt="0000-00-00 00:00:00"),
        said(20, "x" * 10_001),
        said(21, date_gmt="soon", date=""),
        comment_status="closed",
    ),
    item(2, said(11, "Another blog's.", author="Other"), said(22, "I answer that.", parent="11")),
    item(3, said(23), link="http://www.gazette.example/2"),
    item(4, said(24), status="private"),
    item(5),
    "<item><title>Old</title><link>https://gazette.example/?p=6</link>" + said(25) + "</item>",
)


def test_everything_a_blog_holds_is_taken_or_told(app: Flask, site: Site, database_url: str, tmp_path: Path) -> None:
    path = tmp_path / "blog.xml"
    path.write_text(BLOG, encoding="utf-8")
    report, held = brought(app, database_url, site.key, "wordpress", path)
    assert "16 read = 12 imported + 0 already there + 4 skipped" in report
    assert "5 read = 4 made + 0 found + 1 joined" in report
    for words in (
        "comment_type: pingback comes only with --pingbacks keep",
        "comment_type: order_note is no comment of a reader",
        "body: A comment has at most 10,000 characters; this one has 10,001.",
        "comment_date: missing, or can't be used",
        "id: another comment of the file has it too; kept, under an id of its own",
        "parent: not to be found, or skipped itself; kept as a comment of its own",
        "comment_date_gmt: missing; the local time is taken as UTC",
        "status: the article is not public; held, so that nothing becomes public by the move",
        "articles and other items without comments, for which there is nothing to do: 1",
    ):
        assert words in report, words
    first = held["comment 11"]
    assert first["body"].startswith("<p>One line<br>\nand another.</p>\n<pre>a\n\nb</pre>\n<p>End & <b>bold</b>")
    assert (first["markup"], first["created"], first["email"]) == ("html", "2016-05-01T10:00:11Z", "r11@mail.example")
    assert (held["comment 12"]["parent"], held["comment 22"]["parent"]) == ("11", "11 in 2")
    states = {number: held[f"comment {number}"]["state"] for number in (11, 13, 14, 15, 24)}
    assert states == {11: "approved", 13: "pending", 14: "spam", 15: "deleted", 24: "pending"}
    assert (held["comment 13"]["website"], held["comment 13"]["network"]) == ("https://reader.example/", "10.1.2.0/24")
    assert (held["comment 18"]["name"], held["comment 18"]["email"]) == ("Anonymous", "r18@mail.example")
    assert held["comment 19"]["created"] == "2016-05-01T12:00:00Z"
    assert held["thread 1"] | {"id": 0} == {
        "kind": "thread",
        "id": 0,
        "url": "https://gazette.example/1/",
        "title": "About 1",
        "created": "2015-01-01T08:00:00Z",
        "closed": "2016-05-01T12:00:00Z",
        "addresses": ["https://gazette.example/1/"],
        "sources": [["wordpress", "1"]],
    }
    # The same article under http, with www and without the slash.
    assert held["comment 23"]["thread"] == "2"
    assert held["thread 2"]["addresses"] == ["http://www.gazette.example/2", "https://gazette.example/2/"]


PARAGRAPHS = [
    ("One line.", "One line."),
    ("a\r\nb\n\n\nc", "<p>a<br>\nb</p>\n<p>c</p>"),
    ("<p>a</p>\n<p>b</p>", "<p>a</p>\n<p>b</p>"),
    ("a<br />\nb", "<p>a<br />\nb</p>"),
    ("see:\n<ul>\n<li>a</li>\n</ul>", "<p>see:\n<ul>\n<li>a</li>\n</ul></p>"),
    ("<pre>a\n\nb</pre>", "<pre>a\n\nb</pre>"),
]
LINKS = [
    ("see http://a.example/?b&amp;c.", 'see <a href="http://a.example/?b&amp;c">http://a.example/?b&amp;c</a>.'),
    ("(https://a.example)", '(<a href="https://a.example">https://a.example</a>)'),
    ('<a href="http://a.example">http://a.example</a>', '<a href="http://a.example">http://a.example</a>'),
    ("<code>http://a.example</code>", "<code>http://a.example</code>"),
    ("javascript://a", "javascript://a"),
]


@pytest.mark.parametrize(("stored", "shown"), PARAGRAPHS)
def test_line_ends_are_what_the_blog_made_of_them(stored: str, shown: str) -> None:
    assert with_paragraphs(stored) == shown


@pytest.mark.parametrize(("stored", "shown"), LINKS)
def test_bare_addresses_are_links_as_on_the_blog(stored: str, shown: str) -> None:
    assert with_links(stored) == shown


def test_pingbacks_come_by_choice(app: Flask, site: Site, database_url: str, tmp_path: Path) -> None:
    path = tmp_path / "blog.xml"
    path.write_text(BLOG, encoding="utf-8")
    report, held = brought(app, database_url, site.key, "wordpress", path, "--pingbacks", "keep")
    assert "16 read = 13 imported" in report
    assert held["comment 16"]["website"] == "https://b.example/"


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_every_version_is_read_by_either_scheme(
    app: Flask, site: Site, database_url: str, tmp_path: Path, version: str, scheme: str
) -> None:
    path = tmp_path / "blog.xml"
    path.write_text(wxr(item(1, said(1)), space=f"{scheme}://wordpress.org/export/{version}/"))
    told = run(database_url, "import", "--site", site.key, "wordpress", str(path))
    assert "1 read = 1 imported" in told.output


def test_what_careless_writers_leave_is_mended_and_told(
    app: Flask, site: Site, database_url: str, tmp_path: Path
) -> None:
    text = "\n\n " + wxr(
        item(1, said(1, "A\x08 caf\ue000 &nbsp; bar")).replace("<![CDATA[About 1]]>", "A&nbsp;&#8;b &amp; c&hellip;")
    )
    # The middle of the file is in another encoding than its first line says.
    data = text.encode().replace("\ue000".encode(), b"\xe9")
    (tmp_path / "blog.xml.gz").write_bytes(gzipped(data))
    report, held = brought(app, database_url, site.key, "wordpress", tmp_path / "blog.xml.gz")
    for words in (
        "blanks before the beginning, taken out (3 times)",
        "control characters, which are no text, taken out (1 times)",
        "bytes that are not UTF-8, read as Windows-1252 (1 times)",
        "references to control characters, taken out (1 times)",
        "entities of HTML, which XML has not, read as their letters (3 times)",
    ):
        assert words in report, report
    assert held["comment 1"]["body"] == "A caf\xe9 \xa0 bar"
    assert held["thread 1"]["title"] == "A b & c\u2026"


def test_other_encodings_and_packings_are_read(app: Flask, site: Site, database_url: str, tmp_path: Path) -> None:
    text = wxr(item(1, said(1, "D\xfcrfen wir?")))
    files = {
        "latin.xml": text.replace("UTF-8", "ISO-8859-1").encode("latin-1"),
        "wide.xml": text.replace("UTF-8", "UTF-16").encode("utf-16"),
        "marked.xml": text.encode("utf-8-sig"),
        "packed.xml": zipped(("__MACOSX/._blog.xml", b"x"), ("../../blog.xml", text.encode())),
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
        told = run(database_url, "import", "--site", site.key, "wordpress", str(tmp_path / name))
        assert told.exit_code == 0, told.output
        assert ("1 imported" if name == "latin.xml" else "1 already there") in told.output, name
    with app.app_context():
        assert "D\xfcrfen wir?".encode() in exported(site)
    assert not (tmp_path.parent.parent / "blog.xml").exists()


def test_what_is_no_export_is_refused_with_its_place(app: Flask, site: Site, database_url: str, tmp_path: Path) -> None:
    good = wxr(item(1, said(1))).encode()
    doctype = b'<!DOCTYPE rss [<!ENTITY a "aaaa"><!ENTITY b SYSTEM "file:///etc/passwd">]>'
    bomb = good.replace(b"</channel>", b" " * (60 << 20) + b"</channel>")
    cut = good[: good.index(b"</wp:comment>")]
    cases = {
        "empty.xml": (b"", "line 1, column 1: this is not XML: no element found"),
        "cut.xml": (cut, f"line {cut.count(bytes([10])) + 1}, column"),
        "amp.xml": (good.replace(b"<title><![CDATA[", b"<title>a & b<![CDATA["), "line 4, column 11: this is not XML"),
        "unknown.xml": (good.replace(b"<title><![CDATA[", b"<title>&foo;<![CDATA["), "undefined entity"),
        "doctype.xml": (good.replace(b"\n<rss", b"\n" + doctype + b"<rss"), "line 2, column 15: it has a DTD"),
        "other.xml": (b"<disqus/>", "line 1, column 1: it begins with <disqus>, and not with <rss>"),
        "deep.xml": (b"<rss>" + b"<channel>" * 5000, "elements stand too deep in each other"),
        "kinds.xml": (b"<rss>" + b"".join(b"<a%d/>" % n for n in range(2001)), "too many kinds of elements"),
        "remark.xml": (b"<rss><!--" + b"x" * (9 << 20), "a tag or a remark is too long"),
        "long.xml": (good.replace(b"Well said.", b"x" * (5 << 20)), "an entry is too long"),
        "coding.xml": (good.replace(b"UTF-8", b"unicode_escape"), "its encoding 'unicode_escape' is not known"),
        "bomb.zip": (zipped(("a.xml", bomb)), "it unpacks to more than 250 times its size"),
        "bomb.gz": (gzipped(bomb), "it unpacks to more than 250 times its size"),
        "two.zip": (zipped(("a.xml", good), ("b.xml", good)), "the zip holds 2 files"),
        "none.zip": (zipped(), "the zip holds 0 files"),
        "cut.zip": (zipped(("a.xml", good))[:-30], "the zip is damaged or cut off"),
    }
    with app.app_context():
        before = exported(site)
    for name, (data, words) in cases.items():
        (tmp_path / name).write_bytes(data)
        told = refused(database_url, site.key, "wordpress", tmp_path / name)
        assert words in told, (name, told)
    with app.app_context():
        assert exported(site) == before


def test_an_export_without_comments_is_a_success(site: Site, database_url: str, tmp_path: Path) -> None:
    (tmp_path / "none.xml").write_text(wxr(item(1)))
    told = run(database_url, "import", "--site", site.key, "wordpress", str(tmp_path / "none.xml"))
    assert told.exit_code == 0
    assert "Comments: 0 read = 0 imported + 0 already there + 0 skipped." in told.output


def test_articles_that_moved_are_found_where_they_stand_now(
    app: Flask, site: Site, database_url: str, tmp_path: Path
) -> None:
    path = tmp_path / "blog.xml"
    path.write_text(
        wxr(item(1, said(1), link="http://old.example/blog/a"), item(2, said(2), link="http://old.example/b"))
    )
    more = ("--moved", "http://old.example/blog/", "https://gazette.example/news", "--source", "old-blog")
    _, held = brought(app, database_url, site.key, "wordpress", path, *more)
    assert held["thread 1"]["url"] == "https://gazette.example/news/a"
    assert held["thread 1"]["addresses"] == ["http://old.example/blog/a", "https://gazette.example/news/a"]
    assert held["thread 2"]["url"] == "http://old.example/b"
    assert held["comment 1"]["sources"] == [["old-blog", "1"]]

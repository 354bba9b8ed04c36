"""The judge of feeds knows the rules: a sound feed passes, and each breach is found and named."""

import pytest

from tests.rig.atom import breaches
from tests.rig.atom import read
from tests.rig.iris import is_address
from tests.rig.iris import is_iri
from tests.rig.markup import faults

SELF = '<link rel="self" type="application/atom+xml" href="https://comments.example/feed.atom"/>'
ABOUT = '<link rel="alternate" type="text/html" href="https://gazette.example/bridge"/>'
ID = "urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66"
OTHER_ID = "urn:uuid:7d8bc430-9c3a-11d9-9669-0800200c9a66"
ENTRY_LINK = '<link rel="alternate" type="text/html" href="https://gazette.example/bridge#comment-1"/>'
ANSWERS = (
    '<thr:in-reply-to ref="https://gazette.example/bridge" href="https://gazette.example/bridge" type="text/html"/>'
)
CONTENT = '<content type="html">&lt;p&gt;It is &amp;amp; was.&lt;br&gt;&lt;/p&gt;</content>'
SOUND = f"""<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:thr="http://purl.org/syndication/thread/1.0">
<id>{ID}</id><title>Comments on the bridge</title><updated>2026-03-14T09:28:53Z</updated>
{SELF}{ABOUT}
<entry><id>{OTHER_ID}</id><title>Rita on the bridge</title>
<author><name>Rita</name><uri>https://rita.example/</uri></author>
<published>2026-03-14T09:26:53Z</published><updated>2026-03-14T10:27:53.25+01:00</updated>
{ENTRY_LINK}{ANSWERS}{CONTENT}</entry></feed>"""


def test_a_sound_feed_is_left_in_peace() -> None:
    document = read(SOUND.encode())
    assert (document.title, document.entries[0].html) == ("Comments on the bridge", "<p>It is &amp; was.<br></p>")


def without(part: str) -> tuple[str, str]:
    """Return a change that takes a part out."""
    return part, ""


def twice(part: str) -> tuple[str, str]:
    """Return a change that says a part again."""
    return part, part + part


@pytest.mark.parametrize(
    ("change", "breach"),
    [
        (("<feed ", "<atom "), "not well-formed"),
        (("2005/Atom", "2006/Atom"), "the root is"),
        (("&lt;p&gt;It", "<p>It"), "not well-formed"),
        (("&lt;p&gt;It", "\x08"), "not well-formed"),
        # What stands where, and how often.
        (without(f"<id>{ID}</id>"), "feed: id stands 0 times"),
        (without(f"<id>{OTHER_ID}</id>"), "entry: id stands 0 times"),
        (twice("<title>Comments on the bridge</title>"), "feed: title stands 2 times"),
        (without("<title>Rita on the bridge</title>"), "entry: title stands 0 times"),
        (twice("<updated>2026-03-14T09:28:53Z</updated>"), "feed: updated stands 2 times"),
        (twice("<published>2026-03-14T09:26:53Z</published>"), "entry: published stands 2 times"),
        (twice(CONTENT), "entry: content stands 2 times"),
        (without("<name>Rita</name>"), "author: name stands 0 times"),
        (twice("<name>Rita</name>"), "author: name stands 2 times"),
        (("<entry>", "<subject>x</subject><entry>"), "feed: subject has no place here"),
        (("<entry>", "<entry><entry/>"), "entry: entry has no place here"),
        (("<entry>", "words<entry>"), "feed: holds text"),
        (("<entry>", "<entry/><entry>"), "an entry without author"),
        (("</entry>", "</entry><rights>none</rights>"), "entries do not come last"),
        (("<author><name>Rita</name><uri>https://rita.example/</uri></author>", ""), "an entry without author"),
        ((CONTENT, ""), None),
        ((ENTRY_LINK + ANSWERS + CONTENT, ""), "an entry without content and link"),
        (("<id>", '<id scheme="x">'), "id: attributes ['scheme']"),
        (("<entry>", '<entry xml:lang="de">'), None),
        (("<entry>", '<entry xml:lang="de_DE">'), "entry: language 'de_DE'"),
        # Ids.
        ((ID, OTHER_ID), "an id stands twice"),
        ((f"<id>{ID}</id>", f"<id> {ID} </id>"), "is no absolute IRI"),
        ((ID, "bridge"), "is no absolute IRI"),
        ((ID, "/feed.atom"), "is no absolute IRI"),
        ((ID, "https://a.example/a b"), "is no absolute IRI"),
        ((ID, "https://a.example/100%"), "is no absolute IRI"),
        ((ID, ID[:-1]), "is no absolute IRI"),
        # Dates.
        (("2026-03-14T09:28:53Z", "2026-03-14 09:28:53Z"), "is no date"),
        (("2026-03-14T09:28:53Z", "2026-03-14t09:28:53z"), "is no date"),
        (("2026-03-14T09:28:53Z", "2026-03-14T09:28Z"), "is no date"),
        (("2026-03-14T09:28:53Z", "2026-03-14T09:28:53"), "is no date"),
        (("2026-03-14T09:28:53Z", "2026-02-30T09:28:53Z"), "is no date"),
        (("2026-03-14T09:28:53Z", "2026-03-14T24:28:53Z"), "is no date"),
        (("2026-03-14T09:28:53Z", "2026-03-14T09:28:53+25:00"), "is no date"),
        (("2026-03-14T09:28:53Z", "\n2026-03-14T09:28:53Z"), "is no date"),
        (("2026-03-14T09:28:53Z", "2026-03-14T09:27:53Z"), "feed: updated before one of its entries"),
        (("2026-03-14T09:26:53Z", "2026-03-14T09:28:54Z"), "entry: updated before it was published"),
        # People.
        (("<name>Rita</name>", "<name> </name>"), "name: empty"),
        (("https://rita.example/", "rita.example"), "uri: 'rita.example' is no absolute address"),
        (("</author>", "<email>rita</email></author>"), "email: 'rita' is no address of mail"),
        (
            ("<author>", "<contributor><uri>https://a.example/</uri></contributor><author>"),
            "contributor: name stands 0",
        ),
        # Links.
        (without(SELF), "feed: no link to itself"),
        (('rel="self"', 'rel="related"'), "feed: no link to itself"),
        (twice(SELF), "feed: two links of one kind"),
        (('rel="self"', 'rel="http://www.iana.org/assignments/relation/self"'), None),
        (twice(ENTRY_LINK), "entry: two links of one kind"),
        ((ENTRY_LINK, ENTRY_LINK + ENTRY_LINK.replace(' rel="alternate"', "")), "entry: two links of one kind"),
        ((ENTRY_LINK, ENTRY_LINK + ENTRY_LINK.replace("text/html", "text/plain")), None),
        (('rel="self"', 'rel="self" rev="x"'), "link: attributes ['rev']"),
        (('rel="alternate"', 'rel="All of it"'), "link: rel 'All of it'"),
        (('type="text/html"', 'type="html"'), "link: type 'html'"),
        (('href="https://gazette.example/bridge#comment-1"', ""), "link: href None"),
        (("https://gazette.example/bridge#comment-1", "/bridge#comment-1"), "link: href '/bridge#comment-1'"),
        (("https://gazette.example/bridge#comment-1", "https://gazette.example/bridge#a#b"), "link: href"),
        ((ENTRY_LINK, ENTRY_LINK.replace("<link ", '<link hreflang="e n" ')), "link: hreflang 'e n'"),
        ((ENTRY_LINK, ENTRY_LINK.replace("/>", ">here</link>")), "link: holds text"),
        # What is said.
        (('<content type="html">', '<content type="markdown">'), "content: type markdown"),
        (('<content type="html">', '<content src="https://a.example/">'), "content: attributes ['src']"),
        (("&lt;p&gt;It", "<p/>It"), "content: holds elements"),
        (("&lt;/p&gt;</content>", "</content>"), "content: p is not closed"),
        (("It is &amp;amp; was.", "It is &amp; was."), "is not escaped"),
        (("<title>Rita on", "<title>Rita <b>on</b>"), "title: holds elements"),
        (("<title>Rita on the bridge</title>", "<title/>"), "title: empty"),
        (("<entry>", "<category/><entry>"), "category: no term"),
        # What it answers (RFC 4685).
        (('<thr:in-reply-to ref="https://gazette.example/bridge"', "<thr:in-reply-to"), "in-reply-to: ref None"),
        (('<thr:in-reply-to ref="https://gazette.example/bridge"', f'<thr:in-reply-to ref="{OTHER_ID}"'), "itself"),
        (("<thr:in-reply-to ", '<thr:in-reply-to source="x" '), "in-reply-to: source 'x'"),
        (("<thr:in-reply-to ", '<thr:in-reply-to rel="x" '), "in-reply-to: attributes ['rel']"),
        ((ANSWERS, ANSWERS.replace("/>", "><b/></thr:in-reply-to>")), "in-reply-to: holds something"),
        (('xmlns:thr="http://purl.org/syndication/thread/1.0', 'xmlns:thr="https://a.example/'), "has no place here"),
    ],
)
def test_each_breach_is_found(change: tuple[str, str], breach: str | None) -> None:
    was, becomes = change
    assert was in SOUND
    found = breaches(SOUND.replace(was, becomes, 1).encode())
    assert any(breach in words for words in found) if breach is not None else found == [], found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://gazette.example", (True, True)),
        ("https://gazette.example:8443/a/b;c=d?e=f&g=/?#h", (True, True)),
        ("https://[2001:db8::1]/", (True, True)),
        ("https://zeitung.example/br\u00fccke?\u00e4", (True, True)),
        ("mailto:rita@mail.example", (True, True)),
        ("urn:isbn:0451450523", (True, True)),
        ("https://gazette.example/?filter[tag]=a|b", (False, True)),
        ("https://gazette.example/a<b", (False, False)),
        ('https://gazette.example/"', (False, False)),
        ("https://gazette.example/%zz", (False, False)),
        ("https://gazette.example/\u202eexe.doc", (False, False)),
        ("https://", (False, False)),
        ("https:///a", (False, False)),
        ("//gazette.example/a", (False, False)),
        ("gazette", (False, False)),
        ("", (False, False)),
    ],
)
def test_what_an_iri_is(text: str, expected: tuple[bool, bool]) -> None:
    assert (is_iri(text), is_address(text)) == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("plain &amp; simple &#38; &lt;b&gt;", []),
        ('<p dir="auto">a<br>b <a href="x?a&amp;b">c</a></p><hr>', []),
        ("<p><em>a</p></em>", ["p is closed out of turn", "em is closed out of turn"]),
        ("<p>a", ["p is not closed"]),
        ("a</p>", ["p is closed out of turn"]),
        ("<body><p></p></body>", ["body stands in no div"]),
        ("<!doctype html>", ["<!doctype html> stands in no div"]),
        ("1 < 2", ["'<' is not escaped"]),
    ],
)
def test_what_may_stand_in_a_div(text: str, words: list[str]) -> None:
    assert faults(text) == words

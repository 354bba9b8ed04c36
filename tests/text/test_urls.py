import pytest

from commentsvc.text.refusal import TextRefused
from commentsvc.text.urls import parse_url


@pytest.mark.parametrize(
    ("raw", "written"),
    [
        ("http://a.example", "http://a.example/"),
        ("http://a.example?b", "http://a.example/?b"),
        ("http://a.example#b", "http://a.example/#b"),
        ("http://a.example/?", "http://a.example/?"),
        ("http://a.example/#", "http://a.example/#"),
        ("http://a.example:80/", "http://a.example/"),
        ("https://a.example:80/", "https://a.example:80/"),
        ("https://a.example:/", "https://a.example/"),
        ("https://a.example:0443/", "https://a.example/"),
        ("https://a.example:0/", "https://a.example:0/"),
        ("https://a.example/b/./c/../d", "https://a.example/b/d"),
        ("https://a.example/b/.", "https://a.example/b/"),
        ("https://a.example/b/..", "https://a.example/"),
        ("https://a.example/../../b", "https://a.example/b"),
        ("https://a.example/b/%2e/%2E%2e/c", "https://a.example/c"),
        ("https://a.example/b/.%2e", "https://a.example/"),
        ("https://a.example/...", "https://a.example/..."),
        ("https://a.example/b//c", "https://a.example/b//c"),
        ("https://a.example\\b\\..\\c", "https://a.example/c"),
        ("https://a.example/?b\\c/../d", "https://a.example/?b\\c/../d"),
        ("https://a.example/ `{}^|", "https://a.example/%20%60%7B%7D%5E%7C"),
        ("https://a.example/?'\"<> `", "https://a.example/?%27%22%3C%3E%20`"),
        ("https://a.example/#'\"<> `", "https://a.example/#'%22%3C%3E%20%60"),
        ("https://a.example/%zz%2", "https://a.example/%zz%2"),
        ("https://a.example/\x00\x7f", "https://a.example/%00%7F"),
        ("https://a%2Eexample/", "https://a.example/"),
        ("https://ＡＢＣ。example/", "https://abc.example/"),
        ("https://straße.example/", "https://xn--strae-oqa.example/"),
        ("https://xn--bcher-kva.example/", "https://xn--bcher-kva.example/"),
        ("https://a_b.example/", "https://a_b.example/"),
        ("https://localhost/", "https://localhost/"),
        ("https://a.example./", "https://a.example./"),
        ("http://127.1/", "http://127.0.0.1/"),
        ("http://0x7f.1/", "http://127.0.0.1/"),
        ("http://2130706433/", "http://127.0.0.1/"),
        ("http://0177.0.0.0x1/", "http://127.0.0.1/"),
        ("http://1.2.3.4./", "http://1.2.3.4/"),
        ("http://[::1]:8080/", "http://[::1]:8080/"),
        ("http://[0:0:0:0:0:0:0:1]/", "http://[::1]/"),
        ("http://[1:0:0:2:0:0:0:3]/", "http://[1:0:0:2::3]/"),
        ("http://[1:0:2:3:4:5:6:7]/", "http://[1:0:2:3:4:5:6:7]/"),
        ("http://[::ffff:1.2.3.4]/", "http://[::ffff:102:304]/"),
        ("http://[1::]/", "http://[1::]/"),
    ],
)
def test_written_as_browsers_write(raw: str, written: str):
    assert str(parse_url(raw)) == written
    assert str(parse_url(written)) == written


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("", "scheme"),
        ("a.example", "scheme"),
        ("//a.example", "scheme"),
        ("/b", "scheme"),
        ("ftp://a.example", "scheme"),
        ("javascript://a.example/%0aalert(1)", "scheme"),
        ("1http://a.example", "scheme"),
        ("http:", "host"),
        ("http:a.example", "host"),
        ("http:/a.example", "host"),
        ("http://", "host"),
        ("http:///", "host"),
        ("http://?b", "host"),
        ("http://:80/", "host"),
        ("http://a.example:x/", "host"),
        ("http://a.example:65536/", "host"),
        ("http://a.example:1:2/", "host"),
        ("http://a..example/", "host"),
        ("http://.example/", "host"),
        ("http://./", "host"),
        ("http://a b.example/", "host"),
        ("http://a<b.example/", "host"),
        ("http://a%00b.example/", "host"),
        ("http://a%2fb.example/", "host"),
        ("http://a%ffb.example/", "host"),
        ("http://a%b.example/", "host"),
        ("http://\u00ad/", "host"),
        ("http://xn--.example/", "host"),
        ("http://xn--" + "9" * 50 + ".example/", "host"),
        (f"http://{'a' * 64}.example/", "host"),
        (f"http://{'a.' * 127}example/", "host"),
        ("http://1.2.3.4.5/", "host"),
        ("http://256.1.1.1/", "host"),
        ("http://1.2.3.256/", "host"),
        ("http://4294967296/", "host"),
        ("http://08.1/", "host"),
        ("http://a.0x7f/", "host"),
        (f"http://{'9' * 60}/", "host"),
        ("http://[::1/", "host"),
        ("http://[::1]a/", "host"),
        ("http://[fe80::1%25eth0]/", "host"),
        ("http://[x]/", "host"),
        ("http://[]/", "host"),
        ("http://me@a.example/", "userinfo"),
        ("http://me:secret@a.example/", "userinfo"),
        ("http://@a.example/", "userinfo"),
        ("http://a.example@b.example/", "userinfo"),
        ("http://a.example/\ud800", "invalid"),
    ],
)
def test_refused(raw: str, code: str):
    with pytest.raises(TextRefused) as refused:
        parse_url(raw)
    assert refused.value.code == code


def test_parts():
    url = parse_url("HTTPS://A.example:8443/b?c=d#e")
    assert (url.scheme, url.host, url.port, url.path) == ("https", "a.example", 8443, "/b")
    assert (url.query, url.fragment, url.origin) == ("c=d", "e", "https://a.example:8443")

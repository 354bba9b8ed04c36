"""What the filter reads of a comment."""

import pytest

from commentsvc.screening.learning.disguises import fold
from commentsvc.screening.learning.disguises import unmask
from commentsvc.screening.learning.features import groups_of
from commentsvc.screening.learning.mentions import domain_of
from commentsvc.screening.learning.mentions import host_of
from commentsvc.screening.learning.reading import read
from commentsvc.screening.learning.sample import Sample


def names(text: str, **more) -> set[str]:
    return {name for group in groups_of(read(Sample(text, **more))) for name in group.names}


@pytest.mark.parametrize(
    "word",
    [
        "sale",
        "SALE",
        "s4l3",
        "saaaale",
        "sal\u0435",
        "s\u0430le",
        "ｓａｌｅ",
        "𝐬𝐚𝐥𝐞",
        "sálé",
        "s\u200bale",
        "sa\u0335le",
        "$ale",
    ],
)
def test_a_word_in_any_disguise_is_one_word(word: str) -> None:
    assert read(Sample(f"the {word} now")).words.forms == ("the", fold("sale"), "now")


@pytest.mark.parametrize(
    ("written", "forms"),
    [
        ("s u b s c r i b e now", ("subscribe", "now")),
        ("v.i.a.g.r.a", ("viagra",)),
        ("F-R-E-E", ("free",)),
        ("c@sh $ex vi@gra n€w", ("cash", "sex", "viagra", "new")),
        ("v!s!t wow!great", ("visit", "wow", "great")),
        ("I am a fan", ("i", "am", "a", "fan")),
        ("don't don\u2019t", ("dont", "dont")),
        ("in 2014, 1,000 times", ("in", "0000", "0", "000", "times")),
        ("see 2:19", ("see", "\ue005")),
        ("你好吗", ("你", "好", "吗")),
        ("2 billion views", ("0", fold("billion"), "views")),
        ("\ue001 \ue004", ()),
    ],
)
def test_words_are_compared_by_what_they_look_like(written: str, forms: tuple[str, ...]) -> None:
    assert read(Sample(written)).words.forms == forms


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("che\u200bap pi\u2060lls", "hidden"),
        ("c\u202eheap", "reordered"),
        ("\U0001d41f\U0001d42b\U0001d41e\U0001d41e", "ornate"),
        ("".join(f"{letter}\u0300\u0301\u0302" for letter in "cheap"), "piled"),
    ],
)
def test_disguises_are_told(text: str, sign: str) -> None:
    assert sign in unmask(text).signs
    assert f"s:{sign}:1" in names(text)


@pytest.mark.parametrize(
    "text",
    [
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        "\U0001f469\u200d\U0001f4bb",
        "Tiếng Việt",
        "क्‍ष",
        "naïve café",
        "é",
    ],
)
def test_languages_and_emoji_are_no_disguise(text: str) -> None:
    assert unmask(text).signs == ()


def test_shapes_tell_mixed_replaced_spaced_and_drawn_out() -> None:
    found = names("Ch\u0435ck my v1agra s h o p soooo")
    assert {"s:mixed:1", "s:replaced:1", "s:spaced:1", "s:drawn out:1"} <= found
    assert not {"s:mixed:1", "s:replaced:1", "s:spaced:1", "s:drawn out:1"} & names("Nice, in 2014 it was the 3rd one!")


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ("see http://www.Example.org/a?b=c.", ("example.org",)),
        ("[here](https://example.org/x) or <https://example.net>", ("example.org", "example.net")),
        ('<a href="https://example.org/">https://example.org/</a><br>', ("example.org",)),
        ("www.example.org and example.com/page", ("example.org", "example.com")),
        ("go to example.com now", ("example.com",)),
        ("example . com and example dot org, example(dot)net", ("example.com", "example.org", "example.net")),
        ("hxxp://example.org", ("example.org",)),
        ("http://user:word@example.org:8080/x", ("example.org",)),
        ("http://\u0435xample.org", ("example.org",)),
        ("It ended.Then it began. I like it . It was", ()),
        ("e.g. this, i.e. that... v1.2.3 and 3.14", ()),
    ],
)
def test_links_are_found_in_any_spelling(text: str, hosts: tuple[str, ...]) -> None:
    assert sorted(read(Sample(text)).hosts) == sorted(hosts)


def test_mentions_are_words_of_their_own() -> None:
    found = read(Sample("mail me@example.org or call +49 (30) 1234567, I am @somebody"))
    assert found.mail_hosts == ("example.org",)
    assert [form for form in found.words.forms if form > "\ue000"] == ["\ue002", "\ue003", "\ue004"]
    assert "\ue003" not in read(Sample("1.000.000 views, 2014-2015, 8.11.2014, 2014-11-08, 12.5")).words.forms


def test_shown_links_website_mail_and_name_have_a_part() -> None:
    found = names(
        "hello",
        name="Best Casino",
        website="https://shop.example.co.uk/x",
        email_domain="Example.NET",
        links=("http://a.example/b",),
    )
    assert {"h:shop.example.co.uk", "d:example.co.uk", "h:a.example", "m:example.net", "s:website:1"} <= found
    assert {f"n:{fold('best')}", f"n:{fold('casino')}", "l:name money"} <= found


def test_addresses_are_taken_apart() -> None:
    assert host_of("HTTPS://WWW.Example.org:443/path") == "example.org"
    assert host_of("") == ""
    assert domain_of("a.b.example.co.uk") == "example.co.uk"
    assert domain_of("a.b.example.org") == "example.org"
    assert domain_of("localhost") == "localhost"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Check out my song", "look"),
        ("CH3CK 0UT", "look"),
        ("please s u b s c r i b e", "follow"),
        ("Abonniert mich", "follow"),
        ("подпишись скорее", "follow"),
        ("请点击这里", "look"),
        ("اضغط هنا", "look"),
        ("viagra", "goods"),
        ("Thanks for sharing this", "flattery"),
        ("add me on whatsapp", "contact"),
    ],
)
def test_calls_are_heard_in_many_languages(text: str, kind: str) -> None:
    assert kind in read(Sample(text)).calls


def test_a_call_is_whole_words() -> None:
    assert read(Sample("The people of Sussex and Essex checked outside.")).calls == ()


def test_the_byte_order_mark_and_dates_say_nothing() -> None:
    assert names("\ufeffNice song\ufeff") == names("Nice song")
    assert names("posted on 2014-11-08") == names("posted on 2013-05-22")


def test_markup_of_imported_comments_is_not_read() -> None:
    assert names("It&#39;s <b>nice</b><br />here") == names("It's nice\nhere")
    assert not [name for name in names('<a rel="nofollow" class="x" href="http://a.example">hi</a>') if "nofo" in name]

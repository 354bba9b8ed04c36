"""Which threads look like one article: a table of pairs, and what groups of several come to."""

import time

import pytest

from commentsvc.text.addresses import canonical_address
from commentsvc.text.alikes import CERTAIN
from commentsvc.text.alikes import LIKELY
from commentsvc.text.alikes import POSSIBLE
from commentsvc.text.alikes import Candidate
from commentsvc.text.alikes import alike

A = "https://a.example"


@pytest.mark.parametrize(
    ("stays", "goes", "reasons", "confidence"),
    [
        (f"{A}/b", "http://a.example/b", ("scheme",), CERTAIN),
        (f"{A}/b", "https://www.a.example/b", ("www",), CERTAIN),
        (f"{A}/b", "http://www.a.example/b", ("scheme", "www"), CERTAIN),
        (f"{A}/b", f"{A}/b/index.html", ("index",), CERTAIN),
        (f"{A}/", f"{A}/index.php", ("index",), CERTAIN),
        (f"{A}/b?a[]=1", f"{A}/b?a%5B%5D=1", ("encoding",), CERTAIN),
        (f"{A}/b(c)", f"{A}/b%28c%29", ("encoding",), CERTAIN),
        (f"{A}/b?q=a+b", f"{A}/b?q=a%20b", ("encoding",), CERTAIN),
        (f"{A}/b?a=1&c=2", f"{A}/b?c=2&a=1", ("order",), CERTAIN),
        (f"{A}/b?a[]=1&c=2", "http://a.example/b?c=2&a%5B%5D=1", ("scheme", "encoding", "order"), CERTAIN),
        (f"{A}/old-bridge", f"{A}/Old-Bridge", ("case",), LIKELY),
        (f"{A}/b/%C3%A9t%C3%A9", f"{A}/B/%C3%A9t%C3%A9", ("case",), LIKELY),
        (f"{A}/b", f"{A}/b?ref=homepage", ("tracking",), LIKELY),
        (f"{A}/b?id=3", f"{A}/b?spm=x.y&id=3&share=2", ("tracking",), LIKELY),
        (f"{A}/b", f"{A}/b/amp", ("variant",), LIKELY),
        (f"{A}/b.html", f"{A}/b.amp.html", ("variant",), LIKELY),
        (f"{A}/b", "https://amp.a.example/b", ("variant",), LIKELY),
        (f"{A}/b", f"{A}/b/print?print=1", ("variant",), LIKELY),
        (f"{A}/b", f"{A}/b?amp", ("variant",), LIKELY),
        (f"{A}/2025/the-old-bridge", f"{A}/posts/the-old-bridge", ("moved",), POSSIBLE),
        (f"{A}/the-old-bridge.html", f"{A}/2025-03-01-the-old-bridge", ("moved",), POSSIBLE),
        (f"{A}/the-old-bridge", "https://b.example/x/The-Old-Bridge", ("moved",), POSSIBLE),
    ],
)
def test_two_that_look_alike(stays: str, goes: str, reasons: tuple[str, ...], confidence: str) -> None:
    # The doctor is for those alone that are two threads now.
    assert canonical_address(stays).canonical != canonical_address(goes).canonical
    one = Candidate(1, (canonical_address(stays).canonical,), "The  Old Bridge", began=2)
    other = Candidate(2, (canonical_address(goes).canonical,), "The old bridge", began=1)
    for candidates in ([one, other], [other, one]):
        (found,) = alike(candidates)
        assert (found.ids, found.reasons, found.confidence) == ((1, 2), reasons, confidence)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (f"{A}/b", f"{A}/c"),
        (f"{A}/b?p=1", f"{A}/b?p=2"),
        (f"{A}/b?v=aB", f"{A}/b?v=ab"),
        (f"{A}/b", f"{A}/b?page=2"),
        (f"{A}/", f"{A}/print"),
        (f"{A}/b", "https://blog.a.example/b"),
        (f"{A}/b", "https://b.example/b"),
        (f"{A}/b%2Fc", f"{A}/b-c"),
        (f"{A}/2024/12", f"{A}/2025/12"),
        (f"{A}/old-bridge?p=1", f"{A}/x/old-bridge?p=2"),
    ],
)
def test_two_that_do_not(one: str, other: str) -> None:
    assert alike([Candidate(1, (one,), "The same"), Candidate(2, (other,), "The same")]) == []


def test_several_are_one_group_and_the_one_to_keep_stands_first() -> None:
    found = alike(
        [
            Candidate(1, ("http://a.example/b",), count=90),
            Candidate(2, (f"{A}/b/amp",), count=50),
            Candidate(3, (f"{A}/b",), count=2),
            Candidate(4, ("https://www.a.example/b",), count=3),
            Candidate(5, ("https://www.a.example/B?ref=x", f"{A}/elsewhere"), count=3, is_home=False),
            Candidate(6, (f"{A}/another",), count=3),
        ]
    )
    assert [one.ids for one in found] == [(4, 3, 2, 1, 5)]
    assert found[0].reasons == ("scheme", "www", "case", "tracking", "variant")
    assert found[0].confidence == LIKELY


def test_the_owners_word_and_the_moderators_count_more() -> None:
    http, https, www = "http://a.example/b", f"{A}/b", "https://www.a.example/b"
    assert alike([Candidate(1, (http,), ref="x"), Candidate(2, (https,), ref="y")]) == []
    # The one that both could be is not made a bridge between two.
    (found,) = alike([Candidate(1, (http,), ref="x"), Candidate(2, (https,)), Candidate(3, (www,), ref="y")])
    assert found.ids == (1, 2) or found.ids == (2, 1)
    marked = [Candidate(n, (url,), apart=frozenset({7})) for n, url in enumerate((http, https, www))]
    assert alike(marked) == []
    (found,) = alike([*marked, Candidate(9, ("http://www.a.example/b",))])
    assert len(found.ids) == 2 and 9 in found.ids


def test_pages_of_one_kind_were_not_moved() -> None:
    pages = [Candidate(n, (f"{A}/post/{n}/comments",), "My blog") for n in range(6)]
    assert alike(pages) == []
    assert len(alike(pages[:5])) == 1


def test_the_time_grows_with_the_number_and_no_faster() -> None:
    def seconds(many: int) -> float:
        made = [
            Candidate(n, (f"http{'s' * (n % 2)}://a.example/2025/{n // 2 % (many // 8)}-article",), f"Title {n}")
            for n in range(many)
        ]
        best = []
        for _ in range(3):
            began = time.process_time()
            assert len(alike(made)) == many // 8
            best.append(time.process_time() - began)
        return min(best)

    # Eight times as many, with eight in each group: a comparison of all pairs would take sixty-four times as long.
    assert seconds(8000) < 24 * seconds(1000)

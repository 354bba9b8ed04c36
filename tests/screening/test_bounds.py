"""No text, however made, takes long or much."""

import functools
import time

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from commentsvc.screening.learning.explaining import explain
from commentsvc.screening.learning.features import groups_of
from commentsvc.screening.learning.learning import learn
from commentsvc.screening.learning.model import Model
from commentsvc.screening.learning.reading import read
from commentsvc.screening.learning.sample import Decided
from commentsvc.screening.learning.sample import Sample
from commentsvc.screening.learning.weighing import weigh
from tests.screening.corpus import comments
from tests.screening.worst import FULL
from tests.screening.worst import WORST

# The slowest takes a twentieth of it; a pattern that runs wild takes minutes.
SECONDS = 1.0


@functools.cache
def learned() -> Model:
    """The model of all comments of ours."""
    return learn(comments())


@pytest.mark.parametrize("kind", WORST)
def test_no_text_takes_long(kind: str) -> None:
    model = learned()
    for sample in (Sample(WORST[kind]), Sample("hello", name=WORST[kind][:80], website=WORST[kind][:2048])):
        began = time.process_time()
        weigh(model, sample)
        explain(model, sample)
        assert time.process_time() - began < SECONDS


@pytest.mark.parametrize("kind", WORST)
def test_no_text_has_endless_features(kind: str) -> None:
    assert sum(len(group.names) for group in groups_of(read(Sample(WORST[kind])))) < FULL


def test_what_stands_after_ten_thousand_characters_is_not_read() -> None:
    assert groups_of(read(Sample("a " * 5_000 + "viagra"))) == groups_of(read(Sample("a " * 5_000)))


def test_ten_thousand_links_among_the_shown_are_bounded() -> None:
    shown = tuple(f"https://a{number}.example/" for number in range(10_000))
    began = time.process_time()
    assert len(read(Sample("look", links=shown)).hosts) <= 40
    assert time.process_time() - began < SECONDS


def test_hostile_texts_can_be_learned() -> None:
    decided = [*comments()[:40], *(Decided(Sample(text), place % 2 == 0) for place, text in enumerate(WORST.values()))]
    began = time.process_time()
    model = learn(decided)
    assert time.process_time() - began < 20 * SECONDS
    assert model.threshold is not None
    assert len(model.to_bytes()) < 1_000_000


pieces = st.sampled_from(
    [
        "<a href=",
        "&#xe001;",
        "\ue001",
        "http://",
        "www.",
        " dot ",
        "@",
        "(at)",
        "\u200b",
        "\u202e",
        "\u0301",
        "!",
        "3",
        "字",
        "й",
        "\x00",
    ]
)
anything = st.lists(pieces | st.text(st.characters(), max_size=12), max_size=12).map("".join)


@settings(max_examples=300, deadline=None)
@given(anything, anything, anything)
def test_anything_can_be_read(text: str, name: str, address: str) -> None:
    sample = Sample(text, name=name, website=address, email_domain=address, links=(address, text))
    model = learned()
    opinion = weigh(model, sample)
    assert opinion.probability is not None
    assert 0 <= opinion.probability <= 1
    assert all(signal.words and signal.key for signal in explain(model, sample))

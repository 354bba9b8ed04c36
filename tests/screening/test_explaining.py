"""The filter says why, in words, and a moderator can disagree."""

import pytest

from commentsvc.screening.learning import explaining
from commentsvc.screening.learning.explaining import explain
from commentsvc.screening.learning.features import groups_of
from commentsvc.screening.learning.learning import learn
from commentsvc.screening.learning.muting import MENTIONS
from commentsvc.screening.learning.phrases import PHRASES
from commentsvc.screening.learning.reading import NAMED
from commentsvc.screening.learning.reading import read
from commentsvc.screening.learning.sample import Decided
from commentsvc.screening.learning.sample import Sample
from commentsvc.screening.learning.saying import say_call
from commentsvc.screening.learning.saying import say_mention
from commentsvc.screening.learning.saying import say_shape
from commentsvc.screening.learning.weighing import weigh
from tests.screening.corpus import WAYS
from tests.screening.corpus import comments
from tests.screening.corpus import disguised
from tests.screening.worst import WORST

ALL = comments()
SPAM = Sample(
    "Thank you. Check out my ch4nnel and subscribe!! http://bit.ly/xx1hot",
    name="Casino Joe",
    website="http://a.example",
)


@pytest.fixture(scope="module")
def model():
    return learn(ALL)


def test_the_strongest_signals_are_told_in_words(model) -> None:
    told = {signal.words: signal.weight for signal in explain(model, SPAM, each=20)}
    assert told["asks to subscribe, follow or join"] > 0
    assert told["the name speaks of earning, lending or winning money"] > 0
    assert told["a link to bit.ly"] > 0
    assert told["a link in the text"] > 0
    assert any("ch4nnel" in words for words, weight in told.items() if weight > 0)
    assert any("Thank" in words for words, weight in told.items() if weight < 0)


def test_signals_come_by_strength_and_not_too_many(model) -> None:
    for one in ALL:
        signals = explain(model, one.sample, each=3)
        weights = [abs(signal.weight) for signal in signals]
        assert weights == sorted(weights, reverse=True)
        assert len([signal for signal in signals if signal.weight > 0]) <= 3
        assert len([signal for signal in signals if signal.weight < 0]) <= 3
        assert len({signal.key for signal in signals}) == len(signals)


def test_signals_add_up_to_the_score(model, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that has a part in the score is left out of what could be told."""
    monkeypatch.setattr(explaining, "_LEAST", 1e-9)
    for one in ALL:
        told = sum(signal.weight for signal in explain(model, one.sample, each=1_000))
        assert told + model.constant == pytest.approx(weigh(model, one.sample).score, abs=0.03)


def test_a_model_that_knows_nothing_has_no_reasons() -> None:
    assert explain(learn([]), SPAM) == ()


def test_a_muted_signal_is_gone_at_once_and_after_learning(model) -> None:
    everything = explain(model, SPAM, each=1_000)
    assert {key.partition(":")[0] for key in (signal.key for signal in everything)} >= {
        "words", "host", "shape", "call", "mark", "mention",
    }  # fmt: skip
    for signal in everything:
        muted = frozenset({signal.key})
        assert signal.key not in {other.key for other in explain(model, SPAM, each=1_000, muted=muted)}
        if abs(signal.weight) > 0.1:
            assert (weigh(model, SPAM).score - weigh(model, SPAM, muted).score) * signal.weight > 0
    chosen = frozenset(signal.key for signal in everything[:3])
    anew = learn(ALL, muted=chosen)
    assert anew.muted == chosen
    assert not chosen & {signal.key for signal in explain(anew, SPAM, each=1_000)}


def test_a_muted_phrase_takes_its_words_neighbours_and_pieces_along() -> None:
    phrase = Sample("please check out my garden")
    heard = {name for group in groups_of(read(phrase, frozenset({"words:check out"}))) for name in group.names}
    assert not [name for name in heard if "check" in name or "out" in name or "hec" in name]
    assert "l:look" not in heard
    assert {"w:piease", "w:garden", "b:my garden"} <= heard
    # The words elsewhere, and in another order, are heard.
    apart = {
        name
        for group in groups_of(read(Sample("out of the check"), frozenset({"words:check out"})))
        for name in group.names
    }
    assert {"w:out", "w:check"} <= apart


def test_muting_what_misled_the_filter_frees_a_good_comment() -> None:
    """A site about gardening, where spam is about pots: the moderator says that the word is no reason."""
    spam = [Decided(Sample(f"{one.sample.text} pots pots of it"), True) for one in ALL[:80] if one.spam]
    good = [one for one in ALL[:80] if not one.spam]
    decided = [*spam, *good]
    sample = Sample("My pots of basil")
    before, after = weigh(learn(decided), sample), weigh(learn(decided, muted=frozenset({"words:pots"})), sample)
    assert before.spam
    assert not after.spam


def test_all_that_can_be_read_can_be_said() -> None:
    said = [say_call(kind) for kind in PHRASES] + [say_call(NAMED + kind) for kind in PHRASES]
    said += [say_mention(sign) for sign in MENTIONS]
    texts = [one.sample.text for one in ALL] + list(WORST.values())
    texts += [disguised(one, way).sample.text for one in ALL[:20] for way in WAYS]
    for text in texts:
        said += [say_shape(shape) for shape in read(Sample(text, website="http://a.example")).shapes]
    assert all(said)

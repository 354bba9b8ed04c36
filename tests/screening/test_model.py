"""A model is kept as bytes, and is told apart from one of another version."""

import pytest

from commentsvc.screening.learning import model as models
from commentsvc.screening.learning.learning import learn
from commentsvc.screening.learning.model import OutdatedModel
from commentsvc.screening.learning.model import model_from_bytes
from commentsvc.screening.learning.weighing import weigh
from tests.screening.corpus import comments

ALL = comments()


@pytest.mark.parametrize("many", [0, 4, 60])
def test_what_is_written_is_read(many: int) -> None:
    model = learn(ALL[:many], muted=frozenset({"words:nice", "host:example.org"}), rate=0.02)
    data = model.to_bytes()
    again = model_from_bytes(data)
    assert again == model
    assert again.to_bytes() == data
    assert weigh(again, ALL[-1].sample) == weigh(model, ALL[-1].sample)


@pytest.mark.parametrize("data", [b"", b"x", b"commentsvc filter 0\n{}\n", b"\x00" * 100])
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(OutdatedModel):
        model_from_bytes(data)


def test_a_model_of_other_features_must_be_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    data = learn(ALL[:60]).to_bytes()
    with pytest.raises(OutdatedModel):
        model_from_bytes(data[:-1])
    monkeypatch.setattr(models, "FEATURES", models.FEATURES + 1)
    with pytest.raises(OutdatedModel):
        model_from_bytes(data)


def test_no_text_is_kept() -> None:
    data = learn(ALL).to_bytes().lower()
    for word in (b"viagra", b"casino", b"mildew", b"channel", b"example", b"whatsapp"):
        assert word not in data


def test_a_large_site_has_a_small_model() -> None:
    assert len(learn(ALL).to_bytes()) < 800_000

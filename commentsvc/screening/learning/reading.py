"""A comment as the filter reads it: without disguises, as words, mentions, shape and calls."""

import re
from dataclasses import dataclass

from commentsvc.screening.learning.calls import calls_in
from commentsvc.screening.learning.disguises import unmask
from commentsvc.screening.learning.mentions import find_mentions
from commentsvc.screening.learning.mentions import host_of
from commentsvc.screening.learning.mentions import without_markup
from commentsvc.screening.learning.muting import heard
from commentsvc.screening.learning.muting import mute_words
from commentsvc.screening.learning.sample import Sample
from commentsvc.screening.learning.shapes import shapes_of
from commentsvc.screening.learning.words import Words
from commentsvc.screening.learning.words import split_words

MAX_TEXT = 10_000
# Before the kind of a call that stands in the author's name.
NAMED = "name "

_MENTIONS = re.compile("[\ue001-\ue005]")


@dataclass(frozen=True)
class Reading:
    """What was read of a comment, without what the site's moderators said to ignore (an ignored word is empty)."""

    words: Words
    name: Words
    hosts: tuple[str, ...]
    path_words: tuple[str, ...]
    mail_hosts: tuple[str, ...]
    shapes: tuple[str, ...]
    calls: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """Return the folded words in a row, with one space before, between and after them."""
        return _sentence(self.words)


def read(sample: Sample, muted: frozenset[str] = frozenset()) -> Reading:
    """Read a comment; at most its first 10,000 characters, and nothing of the signals whose keys are in `muted`."""
    text, targets = without_markup(sample.text[:MAX_TEXT])
    unmasked = unmask(text)
    # Compatibility forms can be eighteen times as long as what was typed.
    mentioned = find_mentions(unmasked.text[:MAX_TEXT], targets + sample.links)
    words = split_words(mentioned.text)
    name = split_words(unmask(sample.name[:MAX_TEXT]).text)
    website = host_of(sample.website)
    shapes = shapes_of(_MENTIONS.sub(" ", mentioned.text), words, mentioned, unmasked.signs)
    if website:
        shapes.append("website:1")
    if muted:
        words = mute_words(words, muted)
        name = mute_words(name, muted, "name:")
    calls = [*calls_in(_sentence(words)), *(f"{NAMED}{kind}" for kind in calls_in(_sentence(name)))]
    return Reading(
        words=words,
        name=name,
        hosts=heard("host", _with(mentioned.hosts, website), muted),
        path_words=heard("path", mentioned.path_words, muted),
        mail_hosts=heard("mail", _with(mentioned.mail_hosts, sample.email_domain.lower()), muted),
        shapes=heard("shape", shapes, muted),
        calls=heard("call", calls, muted),
    )


def _sentence(words: Words) -> str:
    return f" {' '.join(words.forms)} "


def _with(hosts: tuple[str, ...], more: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*hosts, more) if more else hosts))

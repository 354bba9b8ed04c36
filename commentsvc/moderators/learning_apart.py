"""Learns in a process of its own: the one that answers readers neither waits for it nor grows by it."""

import json
import logging
import os
import subprocess
import sys

from commentsvc.screening.learning.learning import learn
from commentsvc.screening.learning.model import Model
from commentsvc.screening.learning.model import OutdatedModel
from commentsvc.screening.learning.model import model_from_bytes
from commentsvc.screening.learning.sample import Decided
from commentsvc.screening.learning.sample import Sample

log = logging.getLogger(__name__)

# The longest that it may take, in seconds; four thousand comments of the longest kind take a fraction of it.
LONGEST = 600
# Whoever answers a reader goes first.
NICE = 15


def learn_apart(decided: list[Decided], muted: frozenset[str], rate: float) -> Model:
    """Return what `learn` returns, made by another process; in this one where none can be started.

    Raises SubprocessError where the process was ended, or took too long: here it would fare no better.
    """
    asked = {"muted": sorted(muted), "rate": rate, "decided": [_written(one) for one in decided]}
    environ = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    try:
        ran = subprocess.run(
            [sys.executable, "-m", "commentsvc.moderators.learning_apart"],
            input=json.dumps(asked).encode(),
            capture_output=True,
            env=environ,
            timeout=LONGEST,
            check=True,
        )
        return model_from_bytes(ran.stdout)
    except (OSError, subprocess.CalledProcessError, OutdatedModel) as error:
        if isinstance(error, subprocess.CalledProcessError) and error.returncode < 0:
            raise
        log.warning("the filter learns in the serving process: %s", type(error).__name__)
        return learn(decided, muted, rate)


def main() -> None:
    """Read comments from standard input, and write the model to standard output."""
    os.nice(NICE)
    asked = json.load(sys.stdin)
    decided = [_read(one) for one in asked["decided"]]
    sys.stdout.buffer.write(learn(decided, frozenset(asked["muted"]), asked["rate"]).to_bytes())


def _written(one: Decided) -> list:
    sample = one.sample
    return [sample.text, sample.name, sample.website, sample.email_domain, sample.links, one.spam]


def _read(row: list) -> Decided:
    *words, links, spam = row
    return Decided(Sample(*words, links=tuple(links)), spam)


if __name__ == "__main__":
    main()

"""What the log says of an outage: that there is one, and not a line for each request."""

import logging

import pytest

from commentsvc.refusals import DatabaseAway
from commentsvc.web.problems import Outage


def test_a_thousand_refused_requests_are_one_line(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    outage = Outage()
    for _ in range(1000):
        outage.note(DatabaseAway("nobody answers"))
    assert [record.getMessage() for record in caplog.records] == ["refused 1 since the last line: nobody answers"]

"""How the log of a process looks: lines for people, or one JSON object a line for programs.

Whatever is told, it stays one line: what somebody sent may hold line ends, and would forge another.
"""

import json
import logging
import os
import re
from datetime import UTC
from datetime import datetime

from commentsvc.settings import LOG_JSON
from commentsvc.settings import Settings

# What ends a line or steers a terminal: controls, and the two line ends of Unicode.
_STEERS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_RECEIPT = re.compile(r"(/r/)[^\s\"'?#]+")
# What a record has of its own that is worth a field.
FIELDS = "fields"


class OneLine(logging.Formatter):
    """Writes a record for people: one line, but for the traceback of a fault, whose further lines are indented."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        whole = tame(super().format(record))
        return whole.replace("\n", "\n    ") if record.exc_info else whole.replace("\n", "\\n")


class JsonLines(logging.Formatter):
    """Writes a record as one JSON object: time, level, logger, process, message, and what else it tells."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; JSON has no line ends in its texts."""
        told = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "process": os.getpid(),
            "message": without_receipts(record.getMessage()),
            **getattr(record, FIELDS, {}),
        }
        if record.exc_info:
            told["fault"] = without_receipts(self.formatException(record.exc_info))
        return json.dumps(told, ensure_ascii=True, default=str)


def configure(settings: Settings) -> None:
    """Have this process log as the settings say."""
    root = logging.getLogger()
    if not root.handlers:
        root.addHandler(logging.StreamHandler())
    root.setLevel(settings.log_level)
    shape = "%(asctime)s %(levelname)s %(name)s: %(message)s"
    for handler in root.handlers:
        # Those of whoever runs us within a program of their own stay as they are.
        if type(handler) is logging.StreamHandler:
            handler.setFormatter(JsonLines() if settings.log_format == LOG_JSON else OneLine(shape))


def tame(words: str) -> str:
    """Return words in which nothing ends a line but LF or steers a terminal, and without receipts."""
    return without_receipts(_STEERS.sub(lambda found: f"\\x{ord(found[0]):02x}", words))


def without_receipts(words: str) -> str:
    """Return words in which paths under /r/ end there: what follows is somebody's secret."""
    return _RECEIPT.sub(r"\1-", words)

"""Times as files of other programs write them."""

from datetime import UTC
from datetime import datetime

# Comments are ordered by microseconds since then.
FIRST = datetime(1970, 1, 1, tzinfo=UTC)


def read_time(text: str) -> datetime | None:
    """Read a time of RFC 3339 or of another form of ISO 8601; without an offset it is UTC. None where it is no time.

    What lies before 1970 is no time of a comment.
    """
    try:
        read = datetime.fromisoformat(text.strip())
        time = read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return time if time >= FIRST else None


def write_time(time: datetime | None) -> str | None:
    """Write a time as RFC 3339 in UTC, with microseconds where there are any."""
    return time.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z" if time is not None else None

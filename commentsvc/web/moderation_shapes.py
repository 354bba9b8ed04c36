"""The shapes of what programs send to moderate."""

from typing import Annotated

from pydantic import Field

from commentsvc.models.acts import ACTS
from commentsvc.models.desk import LISTS
from commentsvc.models.desk import QUEUE
from commentsvc.web.shapes import Shape


class Decide(Shape):
    """What to do with which comments."""

    act: Annotated[str, Field(json_schema_extra={"enum": list(ACTS)}, description="what to do with them")]
    ids: Annotated[list[str], Field(description="ids of comments, up to 500")]
    list: Annotated[
        str,
        Field(
            json_schema_extra={"enum": [*LISTS]},
            description="the list in which they were seen; one that has left it is not touched",
        ),
    ] = QUEUE
    seen: Annotated[
        dict[str, int] | None,
        Field(description="the revision that was seen, by id; a comment with another text by now is not touched"),
    ] = None


class Undo(Shape):
    """Which decision to take back."""

    batch: Annotated[str, Field(description="the number that the decision was answered with")]

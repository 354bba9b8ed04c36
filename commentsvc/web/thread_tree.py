"""A page of comments, which come in a row, becomes the tree that a page of ours shows."""

from dataclasses import dataclass
from dataclasses import field
from typing import Any

# Replies are set in this many times; deeper ones stand below and say whom they answer.
SET_IN = 6


@dataclass
class Node:
    """A comment with its replies; `answers` is the author it answers where its place does not show that."""

    comment: dict[str, Any]
    level: int = 0
    flat: bool = False
    answers: str | None = None
    replies: list["Node"] = field(default_factory=list)


def tree(comments: list[dict[str, Any]]) -> tuple[list[Node], dict[str, Node]]:
    """Return the roots of a page in order, and all its comments by id.

    A page that goes on within a branch holds replies without their parents: they stand as roots.
    """
    roots: list[Node] = []
    by_id: dict[str, Node] = {}
    # Where each comment stands: the list that a reply too deep to be set in is put into as well.
    lists: dict[str, list[Node]] = {}
    for comment in comments:
        parent = by_id.get(comment["parent"] or "")
        if parent is None:
            node, place = Node(comment, flat=comment["parent"] is not None), roots
        elif parent.level < SET_IN:
            node, place = Node(comment, parent.level + 1), parent.replies
        else:
            node, place = Node(comment, parent.level, flat=True), lists[parent.comment["id"]]
        if node.flat and parent is not None and parent.comment["author"]:
            node.answers = parent.comment["author"]["name"]
        place.append(node)
        by_id[comment["id"]] = node
        lists[comment["id"]] = place
    return roots, by_id

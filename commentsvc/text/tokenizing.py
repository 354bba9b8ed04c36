"""What most of any HTML is made of, read at once: whole texts and plain tags, where html5lib goes sign by sign."""

import re
from typing import Any

# A start with its attributes, an end, white space, other text, each as html5lib tells it. What is written otherwise, or
# is cut off, is left to html5lib.
_TOKEN = re.compile(
    r"<(?P<start>[a-z][a-z0-9]*)(?P<attributes>(?: [a-z]+=\"[^\"\0]*\")*)>"
    r"|</(?P<end>[a-z][a-z0-9]*)>"
    r"|(?P<white>[\t\n\f\r ]+)(?=[^\t\n\f\r ])"
    r"|(?P<text>[^<\0\t\n\f\r ][^<\0]*)(?=[<\0])"
)
_ATTRIBUTE = re.compile(r' ([a-z]+)="([^"]*)"')
# As html5lib numbers its kinds of tokens.
_TEXT, _WHITE, _START, _END = 1, 2, 3, 4


class AtOnce:
    """Goes before html5lib's tokenizer, of which it takes over the state between tags and nothing else.

    The tokens are the same, in the same order, but that html5lib makes three of a text with an "&". References are left
    in the text, as bleach has it.
    """

    # Of html5lib's tokenizer.
    stream: Any
    tokenQueue: Any
    currentToken: Any
    emitCurrentToken: Any

    def dataState(self) -> bool:
        """Read one token; false at the end."""
        # Past the memory that bleach lays around the stream: it is asked for what led to a fault, and here is none.
        stream = self.stream._inner_stream
        found = _TOKEN.match(stream.chunk, stream.chunkOffset)
        if found is None:
            return super().dataState()  # pyright: ignore[reportAttributeAccessIssue]
        kind = found.lastgroup
        if kind == "attributes":
            pairs = [[name, value] for name, value in _ATTRIBUTE.findall(found["attributes"])]
            if len({name for name, _ in pairs}) < len(pairs):
                return super().dataState()  # pyright: ignore[reportAttributeAccessIssue]
            self._tag({"type": _START, "name": found["start"], "data": pairs, "selfClosingAcknowledged": False})
        elif kind == "end":
            self._tag({"type": _END, "name": found["end"], "data": []})
        else:
            self.tokenQueue.append({"type": _WHITE if kind == "white" else _TEXT, "data": found[0]})
        stream.chunkOffset = found.end()
        return True

    def _tag(self, token: dict[str, Any]) -> None:
        token["selfClosing"] = False
        self.currentToken = token
        self.emitCurrentToken()

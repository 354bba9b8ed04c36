"""What the text room refuses: one exception that carries the facts."""


class TextRefused(ValueError):
    """Says why a text cannot be taken: a code for programs, a sentence for readers, the limit where there is one.

    Codes: empty, too_long, invalid, control, scheme, host, userinfo.
    """

    def __init__(self, code: str, message: str, limit: int | None = None) -> None:
        self.code = code
        self.message = message
        self.limit = limit
        super().__init__(message)

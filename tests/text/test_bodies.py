import pytest

from commentsvc.text.bodies import clean_body
from commentsvc.text.refusal import TextRefused
from commentsvc.text.rendering import MAX_BODY


@pytest.mark.parametrize(
    ("raw", "body"),
    [
        ("Hello", "Hello"),
        ("a\r\nb\rc\nd", "a\nb\nc\nd"),
        ("a \n\t\n ", "a"),
        ("    code\n\tmore", "    code\n\tmore"),
        ("\n\na", "\n\na"),
        ("e\u0301 \u202e \u200b x", "e\u0301 \u202e \u200b x"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("\x85\x9f.", "\x85\x9f."),
        ("👍", "👍"),
        ("x" * MAX_BODY, "x" * MAX_BODY),
        ("👍" * MAX_BODY, "👍" * MAX_BODY),
        ("x" * MAX_BODY + "\n \n", "x" * MAX_BODY),
        ("\r\n" * (MAX_BODY - 1) + "x", "\n" * (MAX_BODY - 1) + "x"),
    ],
)
def test_kept_as(raw: str, body: str):
    assert clean_body(raw) == body
    assert clean_body(body) == body


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("", "empty"),
        (" \r\n\t", "empty"),
        ("\xa0\u2003\u3000\u2028", "empty"),
        ("\u200b\u200d\u2060\ufeff\u00ad", "empty"),
        ("\u3164 \u2800 \uffa0", "empty"),
        ("\u0301\ufe0f\u034f", "empty"),
        ("\u202e\u2066", "empty"),
        ("x" * (MAX_BODY + 1), "too_long"),
        ("a\x00b", "control"),
        ("\x1b[31mred", "control"),
        ("a\x0bb", "control"),
        ("a\x0cb", "control"),
        ("a\x7fb", "control"),
        ("a\ud800b", "control"),
        ("\udc00", "control"),
    ],
)
def test_refused(raw: str, code: str):
    with pytest.raises(TextRefused) as refused:
        clean_body(raw)
    assert refused.value.code == code
    assert refused.value.limit == (MAX_BODY if code == "too_long" else None)
    assert refused.value.message == str(refused.value)
    assert refused.value.message.endswith(".")

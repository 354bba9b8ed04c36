import pytest

from commentsvc.text.emails import MAX_EMAIL
from commentsvc.text.emails import clean_email
from commentsvc.text.refusal import TextRefused

LONG_DOMAIN = ".".join(["d" * 61] * 3 + ["example"])


@pytest.mark.parametrize(
    ("raw", "email"),
    [
        ("me@example.com", "me@example.com"),
        (" me@example.org\n", "me@example.org"),
        ("Me.Too+x@Example.ORG", "Me.Too+x@example.org"),
        ("me@mail.example", "me@mail.example"),
        ("me@example.test", "me@example.test"),
        ("me@bücher.example", "me@bücher.example"),
        ("me@xn--bcher-kva.example", "me@bücher.example"),
        ("jose\u0301@example.org", "josé@example.org"),
        ("o'hara_1%x@example.org", "o'hara_1%x@example.org"),
    ],
)
def test_kept_as(raw: str, email: str):
    assert clean_email(raw) == email
    assert clean_email(email) == email


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("", "empty"),
        (" ", "empty"),
        ("me", "invalid"),
        ("@example.org", "invalid"),
        ("me@", "invalid"),
        ("me@example", "invalid"),
        ("me@test", "invalid"),
        ("me@localhost", "invalid"),
        ("me@example..org", "invalid"),
        ("me@[127.0.0.1]", "invalid"),
        ('"a b"@example.org', "invalid"),
        ("a@example.org,b@example.org", "invalid"),
        ("a@example.org;b@example.org", "invalid"),
        ("Me <me@example.org>", "invalid"),
        ("a b@example.org", "invalid"),
        ("me@example.org\r\nBcc: you@example.org", "invalid"),
        ("me\u2028@example.org", "invalid"),
        ("me\x00@example.org", "invalid"),
        ("me\ud800@example.org", "invalid"),
        ("me@exam\ud800ple.org", "invalid"),
        ("g1:" * 80 + "@example.org", "invalid"),
        (f"{'x' * 64}@{LONG_DOMAIN}", "too_long"),
        ("x" * 5000 + "@example.org", "too_long"),
    ],
)
def test_refused(raw: str, code: str):
    with pytest.raises(TextRefused) as refused:
        clean_email(raw)
    assert refused.value.code == code
    assert refused.value.limit == (MAX_EMAIL if code == "too_long" else None)


def test_a_long_address_is_taken():
    longest = f"{'x' * (MAX_EMAIL - 1 - len(LONG_DOMAIN))}@{LONG_DOMAIN}"
    assert len(longest) == MAX_EMAIL
    assert clean_email(longest) == longest

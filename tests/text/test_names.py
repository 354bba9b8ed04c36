import unicodedata

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from commentsvc.text.names import MAX_NAME
from commentsvc.text.names import clean_name
from commentsvc.text.names import skeleton
from commentsvc.text.refusal import TextRefused

PERSIAN = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
FAMILY = "\U0001f469\u200d\U0001f469\u200d\U0001f467"
TECHNOLOGIST = "\U0001f469\U0001f3fd\u200d\U0001f4bb"
HEART_ON_FIRE = "\u2764\ufe0f\u200d\U0001f525"


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("Ada", "Ada"),
        ("  Ada \t Lovelace\n", "Ada Lovelace"),
        ("Ada\u3000\u2003\xa0Lovelace", "Ada Lovelace"),
        ("Ada\u2028Lovelace", "Ada Lovelace"),
        ("Zoe\u0308", "Zoë"),
        ("<b>Ada</b> & \"Bob\" 'x'", "<b>Ada</b> & \"Bob\" 'x'"),
        ("Ada\x1b[31m", "Ada[31m"),
        ("A\x08da\x7f", "Ada"),
        ("A\x85da", "A da"),
        ("\u202eadA\u202c", "adA"),
        ("A\u2066d\u2069a\u200f\u061c", "Ada"),
        ("A\u200bd\u2060a\ufeff", "Ada"),
        ("A\u200cd\u200da", "Ada"),
        ("Ada\u200d", "Ada"),
        ("A\u00adda\u034f", "Ada"),
        ("A\ufe0fda\U000e0100", "Ada"),
        ("Ada\U000e0041\U000e007f", "Ada"),
        ("A\u3164da\u2800", "Ada"),
        (PERSIAN, PERSIAN),
        ("\u0915\u094d\u200d\u0937", "\u0915\u094d\u200d\u0937"),
        (FAMILY, FAMILY),
        (TECHNOLOGIST, TECHNOLOGIST),
        (HEART_ON_FIRE, HEART_ON_FIRE),
        ("1\ufe0f\u20e3", "1\ufe0f\u20e3"),
        ("山田太郎", "山田太郎"),
        ("\u05e9\u05dc\u05d5\u05dd", "\u05e9\u05dc\u05d5\u05dd"),
        ("\u0301Ada", "Ada"),
        ("Z" + "\u0300" * 30 + "oe", "Z" + "\u0300" * 8 + "oe"),
        ("a" + "\u0300\u0489" * 10, "à" + "\u0489\u0300" * 4),
        ("x" * MAX_NAME, "x" * MAX_NAME),
        ("e\u0301" * MAX_NAME, "é" * MAX_NAME),
        ("x" * MAX_NAME + "\u200b" * 50 + " ", "x" * MAX_NAME),
    ],
)
def test_kept_as(raw: str, name: str):
    assert clean_name(raw) == name
    assert clean_name(name) == name


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("", "empty"),
        (" \t\n", "empty"),
        ("\xa0\u2003\u3000", "empty"),
        ("\u200b\u200b\u2060", "empty"),
        ("\u202e", "empty"),
        ("\u3164\u115f\u2800", "empty"),
        ("\u0301\u0302", "empty"),
        ("x" * (MAX_NAME + 1), "too_long"),
        ("\x00admin", "invalid"),
        ("x\udc00y", "invalid"),
        ("\udc00\ud800", "invalid"),
        ("x\ufffe", "invalid"),
        ("x\ufdd0", "invalid"),
        ("x\U0010ffff", "invalid"),
    ],
)
def test_refused(raw: str, code: str):
    with pytest.raises(TextRefused) as refused:
        clean_name(raw)
    assert refused.value.code == code
    assert refused.value.limit == (MAX_NAME if code == "too_long" else None)


odd = st.sampled_from(
    "aZ \u0300\u0301\u0323\u200c\u200d\ufe0f\u2764\U0001f469\U0001f3fd\u0645\u0915\u094d\u2800\u3164\u1100\u1161"
)


@settings(derandomize=True, deadline=None, max_examples=400, database=None)
@given(st.text(odd, max_size=30) | st.text(max_size=30))
def test_a_clean_name_is_at_rest_and_plain(raw: str):
    try:
        name = clean_name(raw)
    except TextRefused:
        return
    assert clean_name(name) == name
    assert unicodedata.is_normalized("NFC", name)
    assert name == " ".join(name.split())
    assert {unicodedata.category(character) for character in name if character not in "\u200c\u200d"}.isdisjoint(
        {"Cc", "Cf", "Cs", "Zl", "Zp"}
    )


@pytest.mark.parametrize(
    "name",
    [
        "admin",
        "ADMIN",
        "Admin!",
        "a d m i n",
        "а\u0064min",
        "аԁміn",
        "ＡＤＭＩＮ",
        "ΑDΜΙΝ",
        "adm1n",
        "adm\u0131n",
        "ádmin",
        "ⓐⓓⓜⓘⓝ",
        "𝐚𝐝𝐦𝐢𝐧",
        "a\u200bdmin",
        "@dmin",
    ],
)
def test_one_skeleton_for_what_looks_alike(name: str):
    assert skeleton(name) == skeleton("Admin")


@pytest.mark.parametrize(
    ("one", "other"), [("Ada", "Ida"), ("admin", "admins"), ("山田", "山本"), ("!!", "??"), ("👍", "👎")]
)
def test_different_skeletons_for_different_names(one: str, other: str):
    assert skeleton(one) != skeleton(other)

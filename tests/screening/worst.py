"""Texts that are made to take long, to take much, or to break something."""

# As long as a comment may be, in characters.
FULL = 10_000

WORST = {
    "one letter": "a" * FULL,
    "one emoji": "😂" * FULL,
    "nothing to see": "\u200b" * FULL,
    "hidden between letters": "a\u200b" * (FULL // 2),
    "piled marks": "e" + "\u0301" * (FULL - 1),
    "links": " ".join(f"http://a{number}.example/b?c={number}" for number in range(10_000)),
    "bare hosts": "a.b.c.com " * 1_000,
    "dots": "a." * (FULL // 2),
    "single letters": "a " * (FULL // 2),
    "taken apart": "xxx dot xxx " * 800,
    "opened tags": "<" * FULL,
    "opened links": "<a href=" * 1_250,
    "entities": "&#x41;" * 1_600,
    "signs": "@" * FULL,
    "addresses": "a@b." * 2_500,
    "brackets": "(" * FULL,
    "digits": "1" * FULL,
    "telephones": "(1) 23-45 " * 1_000,
    "dashes": "a-" * (FULL // 2),
    "exclamations": "a!" * (FULL // 2),
    "Chinese": "字" * FULL,
    "one that becomes eighteen": "\ufdfa" * FULL,
    "white space": " " * FULL,
    "underscores": "_" * FULL,
    "different words": " ".join(f"w{number}" for number in range(2_000)),
}

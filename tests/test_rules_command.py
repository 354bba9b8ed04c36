"""Rules on the command line: listed, added with a list from a file, brought from WordPress; what is wrong is told."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from click.testing import Result

from commentsvc.cli import main
from tests.conftest import SECRET


@pytest.fixture
def run(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Give a function that runs a command on the test's database, where there is a blog."""
    monkeypatch.setenv("COMMENTSVC_DATABASE_URL", database_url)
    monkeypatch.setenv("COMMENTSVC_SECRET_KEY", SECRET)

    def invoke(*words: str) -> Result:
        return CliRunner().invoke(main, words)

    assert invoke("site", "add", "blog", "--origin", "https://blog.example").exit_code == 0
    return invoke


def test_rules_are_added_brought_and_listed(run: Callable[..., Result], tmp_path: Path) -> None:
    assert "blog has no rule" in run("rules", "list", "--site", "blog").output
    words = tmp_path / "words.txt"
    words.write_text("casino\npoker\n")
    added = run("rules", "add", "words", "--site", "blog", "--lines", str(words), "--set", "inside=on", "--off")
    assert added.exit_code == 0, added.output
    assert run("rules", "add", "links", "--site", "blog", "--set", "at_least=3", "--action", "spam").exit_code == 0
    brought = run("rules", "import-wordpress", "--site", "blog", "--disallowed-keys", str(words))
    assert brought.output == "Added 1 rule.\n"
    lines = [line.split("  ", 1)[1] for line in run("rules", "list", "--site", "blog").output.splitlines()]
    assert lines == [
        "off  hold    Words and phrases: a word on the list",
        "on   spam    Links: many links",
        "on   spam    Words and phrases: a disallowed key of WordPress",
    ]
    assert run("decisions", "verify").exit_code == 0
    trusted = run("site", "edit", "blog", "--trust", "3", "--reserved-name", "The Editor")
    assert trusted.exit_code == 0, trusted.output


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["rules", "add", "links", "--site", "blog", "--set", "at_least=many"], "a number from 1 to 100"),
        (["rules", "add", "links", "--site", "blog", "--set", "most=3"], "at_least"),
        (["rules", "add", "words", "--site", "blog"], "at least one line"),
        (["rules", "add", "gossip", "--site", "blog"], "gossip"),
        (["rules", "import-wordpress", "--site", "blog"], "at least one of the two lists"),
        (["site", "edit", "blog", "--trust", "0"], "from 1 to 5"),
    ],
)
def test_what_cannot_be_is_told(run: Callable[..., Result], words: list[str], told: str) -> None:
    ran = run(*words)
    assert ran.exit_code == 2
    assert told in ran.output

"""The words stay true: every setting, command, option and variable that exists is documented as it is."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from commentsvc.cli import main
from commentsvc.settings import PREFIX
from commentsvc.settings import SETTINGS


@pytest.fixture
def readme(checkout: Path) -> str:
    """Give the README."""
    return (checkout / "README.md").read_text()


@pytest.fixture
def embedding(checkout: Path) -> str:
    """Give the page on embedding."""
    return (checkout / "docs" / "embedding.md").read_text()


def test_every_setting_stands_in_the_readme_with_its_default(readme: str) -> None:
    rows = dict(re.findall(rf"^\| `({PREFIX}\w+)` \| (.*?) \|", readme, re.MULTILINE))
    assert rows.keys() == {PREFIX + setting.name for setting in SETTINGS}
    for setting in SETTINGS:
        told = rows[PREFIX + setting.name]
        assert told == (f"`{setting.default}`" if setting.default else told), setting.name


def commands(group: click.Group, before: str = "") -> Iterator[str]:
    """Yield the words of every command."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{before}{name} ")
        else:
            yield before + name


def test_every_command_stands_in_the_readme(readme: str) -> None:
    for words in commands(main):
        assert re.search(rf"`(commentsvc )?{words}\b", readme), words


def test_every_command_and_option_has_help() -> None:
    def look(command: click.Command, words: str) -> None:
        assert command.help, words
        for option in command.params:
            if isinstance(option, click.Option) and option.name not in ("yes", "role"):
                assert option.help, (words, option.name)
        if isinstance(command, click.Group):
            for name, inner in command.commands.items():
                look(inner, f"{words} {name}")

    look(main, "commentsvc")


def test_every_option_of_the_widget_is_told(checkout: Path, embedding: str) -> None:
    script = (checkout / "static" / "embed.js").read_text()
    style = (checkout / "static" / "embed.css").read_text()
    for attribute in re.findall(r"^ \*   (data-[a-z]+) ", script, re.MULTILINE):
        assert f"`{attribute}`" in embedding, attribute
    variables = set(re.findall(r"--commentsvc-[a-z-]+", style))
    assert variables
    for variable in variables:
        assert f"`{variable}`" in embedding, variable


def test_what_the_documents_point_at_is_there(checkout: Path) -> None:
    for document in (*checkout.glob("*.md"), *checkout.glob("docs/*.md")):
        for target in re.findall(r"\]\(([^)#]+)\)", document.read_text()):
            assert (document.parent / target).exists(), (document.name, target)


def test_every_target_that_the_readme_names_is_in_the_makefile(checkout: Path, readme: str) -> None:
    makefile = (checkout / "Makefile").read_text()
    for target in re.findall(r"^    make (\w+)", readme, re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target

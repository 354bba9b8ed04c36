"""What importers declare of themselves is what the documentation and the command say, and each knows its own files."""

from pathlib import Path

import pytest

from commentsvc.models.site import Site
from commentsvc.moving.importers.declared import table_of
from commentsvc.moving.importers.declared import ways_of
from commentsvc.moving.importers.known import IMPORTERS
from tests.rig.archives import run
from tests.rig.imports import refused

IMPORTING = Path(__file__).parents[1] / "docs" / "importing.md"


def test_the_documentation_holds_what_importers_declare() -> None:
    text = IMPORTING.read_text(encoding="utf-8")
    assert f"\n{ways_of(list(IMPORTERS.values()))}\n" in text
    assert f"\n{table_of(list(IMPORTERS.values()))}\n" in text


def test_the_command_names_every_format() -> None:
    words = run("sqlite://", "import", "--help").output
    named = words.replace("\n", " ").split("FORMAT is ")[1].split(";")[0]
    assert [one.strip() for one in named.replace(" or ", ",").split(",")] == list(IMPORTERS)


@pytest.mark.parametrize("form", list(IMPORTERS))
def test_a_file_of_something_else_is_refused(site: Site, database_url: str, tmp_path: Path, form: str) -> None:
    path = tmp_path / "file"
    for data in (b"", b"<html></html>", b'{"a": [1]}\n', b"\x00\xff" * 5000):
        path.write_bytes(data)
        refused(database_url, site.key, form, path)

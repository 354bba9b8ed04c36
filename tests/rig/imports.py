"""Files of other programs, brought in by the command: rehearsed, then stored, then once more."""

import gzip
import io
import zipfile
from pathlib import Path
from typing import Any

from flask import Flask

from commentsvc.people import managing
from tests.rig.archives import assert_sound
from tests.rig.archives import exported
from tests.rig.archives import lines_of
from tests.rig.archives import run


def brought(
    app: Flask, database_url: str, key: str, form: str, path: Path, *more: str
) -> tuple[str, dict[str, dict[str, Any]]]:
    """Return the report of an import, and what the site holds after it by the ids of the file.

    Before that a dry run stores nothing and says the same; after it the same file changes nothing.
    """
    with app.app_context():
        site = managing.site(key)
        before = exported(site)
        dry = run(database_url, "import", "--site", key, form, str(path), "--dry-run", *more)
        assert dry.exit_code == 0, dry.output
        assert exported(site) == before
        wet = run(database_url, "import", "--site", key, form, str(path), *more)
        assert wet.exit_code == 0, wet.output
        assert dry.stdout.split("\n\n", 1)[1] == wet.stdout
        after = exported(site)
        again = run(database_url, "import", "--site", key, form, str(path), *more)
        assert "= 0 imported" in again.stdout
        assert " = 0 made" in again.stdout
        assert exported(site) == after
        assert_sound(site)
    lines = lines_of(after)
    names = {line["id"]: line["sources"][0][1] for line in lines}
    for line in lines:
        line |= {key: names[line[key]] for key in ("thread", "parent") if key in line}
    return wet.stdout, {f"{line['kind']} {names[line['id']]}": line for line in lines}


def refused(database_url: str, key: str, form: str, path: Path) -> str:
    """Return why a file is refused; an import that is refused stores nothing, as its caller checks."""
    told = run(database_url, "import", "--site", key, form, str(path))
    assert told.exit_code == 1, told.output
    assert "nothing was stored" in told.output
    return told.output


def zipped(*files: tuple[str, bytes]) -> bytes:
    """Return a zip of some files."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return packed.getvalue()


def gzipped(data: bytes) -> bytes:
    """Return data in gzip."""
    return gzip.compress(data)

"""What docs/security.md says of tests is true: each that it names is there, and each threat has one."""

import re
from pathlib import Path


def test_every_test_that_is_named_is_there(checkout: Path) -> None:
    told = (checkout / "docs" / "security.md").read_text()
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", told)
    assert len(named) > 60
    missing = [
        f"{file}::{name}"
        for file, name in named
        if not (checkout / file).exists() or f"\ndef {name}(" not in (checkout / file).read_text()
    ]
    assert missing == []


def test_every_threat_has_a_test(checkout: Path) -> None:
    told = (checkout / "docs" / "security.md").read_text()
    rows = [
        line for line in told.partition("## Threats")[2].partition("\n## ")[0].splitlines() if line.startswith("| ")
    ]
    bare = [row for row in rows[1:] if "::" not in row and not row.startswith("| --")]
    assert len(rows) > 40
    assert bare == []

"""A site leaves by its archive as it came, with whatever else goes along; by other formats as far as they can tell."""

import csv
import io
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck
from hypothesis import Phase
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from commentsvc.models.site import Site
from commentsvc.moving.beside import BESIDE
from commentsvc.moving.exporters.declared import table_of
from commentsvc.moving.exporters.declared import ways_of
from commentsvc.moving.exporters.known import EXPORTERS
from commentsvc.moving.exporters.reduced import reduced
from commentsvc.moving.exporters.table import COLUMNS
from commentsvc.moving.exporters.table import safe_cell
from commentsvc.moving.exporters.xml import fit
from commentsvc.moving.report import Report
from tests.conftest import Clock
from tests.rig.archives import Bringer
from tests.rig.archives import Interrupted
from tests.rig.archives import assert_sound
from tests.rig.archives import lines_of
from tests.rig.archives import run
from tests.rig.leaving import Town
from tests.rig.leaving import furnish
from tests.rig.leaving import shuffled


@pytest.fixture
def said(app: Flask, site: Site, mona, rita, sam, decide, clock: Clock) -> dict[str, str]:
    """Give the Gazette with everything, and its comments by name."""
    return furnish(app, site, mona, rita, sam, decide, clock)


@pytest.fixture
def town(app: Flask, clock: Clock) -> Town:
    """Give what makes more sites."""
    return Town(app, clock)


@pytest.fixture
def bring(app: Flask, clock: Clock) -> Bringer:
    """Give what brings files in."""
    return Bringer(app, clock)


def test_any_archive_comes_out_of_an_empty_site_as_it_went_in(
    app: Flask, site: Site, said: dict[str, str], town: Town, bring: Bringer, tmp_path: Path
) -> None:
    whole = town.archive(site, *BESIDE)
    kinds = Counter(line["kind"] for line in lines_of(whole))
    assert kinds.keys() == {"thread", "comment", "rule", "mailbox", "subscription", "decision"}
    assert (kinds["rule"], kinds["mailbox"], kinds["subscription"]) == (3, 2, 4)
    assert sum("merged" in line for line in lines_of(whole)) == 2
    assert [line["id"] for line in lines_of(whole) if line.get("pinned")] == [said["pinned"]]

    @settings(
        max_examples=6,
        deadline=None,
        # To look for the smallest case costs minutes, and what went in is the same in all.
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(beside=st.sets(st.sampled_from(BESIDE)), seed=st.integers(0, 1000))
    def check(beside: set[str], seed: int) -> None:
        first = town.archive(site, *beside)
        path, copy = shuffled(first, seed, tmp_path / "a.jsonl"), town.new_site()
        dry = bring(copy, path, dry=True)
        wet = bring(copy, path)
        assert dry.in_words() == wet.in_words()
        assert town.archive(copy, *beside) == first
        again = bring(copy, path)
        assert (again.comments_imported, again.threads_made, again.others_imported) == (0, 0, 0)
        assert town.archive(copy, *beside) == first
        with app.app_context():
            assert_sound(copy)

    check()


@pytest.mark.parametrize("beside", [(), BESIDE])
def test_a_site_takes_its_own_archive_without_a_change(
    site: Site, said: dict[str, str], town: Town, bring: Bringer, tmp_path: Path, beside: tuple[str, ...]
) -> None:
    first = town.archive(site, *beside)
    path = tmp_path / "a.jsonl"
    path.write_bytes(first)
    report = bring(site, path)
    assert (report.comments_imported, report.others_imported, report.skipped.total()) == (0, 0, 0)
    assert town.archive(site, *beside) == first


def test_an_import_that_was_interrupted_ends_as_one_that_was_not(
    app: Flask, site: Site, said: dict[str, str], town: Town, bring: Bringer, tmp_path: Path
) -> None:
    first = town.archive(site, *BESIDE)
    path, copy = shuffled(first, 7, tmp_path / "a.jsonl"), town.new_site()
    for batches in (0, 1):
        with pytest.raises(Interrupted):
            bring(copy, path, interrupt_after=batches)
    bring(copy, path)
    assert town.archive(copy, *BESIDE) == first
    with app.app_context():
        assert_sound(copy)


def test_lines_beside_comments_that_cannot_be_used_are_told(site: Site, bring: Bringer, tmp_path: Path) -> None:
    lines = [
        {"kind": "rule", "id": "r1", "rule": "words", "action": "hold", "settings": {"words": ""}},
        {"kind": "rule", "id": "r2", "rule": "words", "action": "hold", "settings": {"words": "x", "where": "text"}},
        {"kind": "mailbox", "id": "m1", "email": "a@b.example"},
        {"kind": "mailbox", "id": "m2", "email": "no mail", "proven": "2024-01-01T00:00:00Z"},
        {"kind": "mailbox", "id": "m3", "email": "c@b.example", "proven": "2024-01-01T00:00:00Z"},
        {"kind": "subscription", "id": "s1", "mailbox": "m3", "hears": "thread", "about": "t9",
         "confirmed": "2024-01-01T00:00:00Z"},
        {"kind": "subscription", "id": "s2", "mailbox": "m1", "hears": "site", "confirmed": "2024-01-01T00:00:00Z"},
        {"kind": "decision", "id": "d1", "thread": "t9", "act": "approve", "actor": "moderator",
         "at": "2024-01-01T00:00:00Z"},
        {"kind": "decision", "id": "d2", "thread": "t9", "act": "DROP TABLE", "actor": "x",
         "at": "2024-01-01T00:00:00Z"},
    ]  # fmt: skip
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join(map(json.dumps, [{"format": "commentsvc-archive", "version": 1}, *lines])))
    dry, wet, again = bring(site, path, dry=True), bring(site, path), bring(site, path)
    assert dry.in_words() == wet.in_words()
    assert _others(wet) == {"read": 9, "imported": 2, "already_there": 0, "skipped": 7}
    assert _others(again) == {"read": 9, "imported": 0, "already_there": 2, "skipped": 7}
    for reason in ("email: missing", "proven: nobody", "about: not in the file", "mailbox: not in", "thread: not in"):
        assert any(told.startswith(reason) for told in wet.reasons), (reason, wet.reasons)


def _others(report: Report) -> dict[str, int]:
    return report.totals()["others"]


def test_nobody_fills_mailboxes_by_a_file_at_the_desk(
    app: Flask, site: Site, said: dict[str, str], town: Town, tmp_path: Path, clock: Clock
) -> None:
    path, copy = shuffled(town.archive(site, *BESIDE), 1, tmp_path / "a.jsonl"), town.new_site()
    report = Bringer(app, clock, mailboxes=False)(copy, path)
    assert report.skipped == {"other": 6}
    assert town.archive(copy, *BESIDE) == town.archive(site, "decisions", "rules")


@pytest.mark.parametrize("form", ["wordpress", "disqus"])
def test_what_leaves_as_another_programs_file_is_taken_back(
    site: Site, said: dict[str, str], town: Town, bring: Bringer, tmp_path: Path, database_url: str, form: str
) -> None:
    path, copy = tmp_path / f"{form}.xml.gz", town.new_site()
    told = run(database_url, "export", "--site", site.key, "--format", form, str(path))
    assert told.exit_code == 0, told.output
    report = bring(copy, path, form)
    assert report.comments_read == report.comments_imported == len(said)
    back = _by_name(town.archive(copy), said)
    assert bring(copy, path, form).comments_imported == 0
    became = {"rejected": "deleted"} | ({"pending": "spam"} if form == "disqus" else {})
    for name, line in _by_name(town.archive(site), said).items():
        mine = back[name]
        assert mine["state"] == became.get(line["state"], line["state"]), name
        assert mine.get("parent") == line.get("parent"), name
        assert mine["created"] == line["created"][:19] + "Z", name
        is_gone = line["state"] == "deleted" or (form == "disqus" and line["state"] == "rejected")
        assert mine["name"] == ("Anonymous" if is_gone else line["name"])
        assert mine.get("email") == (None if is_gone else line.get("email"))
        assert (mine["body"] == "") == is_gone
    assert "bold</strong>" in back["root"]["body"]
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in back["root"]["body"]
    (thread,) = (line for line in lines_of(town.archive(copy)) if line["kind"] == "thread")
    assert thread["title"] == "=1+1 & <b>The</b> bridge ]]>"
    assert "closed" in thread


def _by_name(archive: bytes, said: dict[str, str]) -> dict[str, dict[str, Any]]:
    # By the time each was written, to the second, which every format keeps.
    comments = [line for line in lines_of(archive) if line["kind"] == "comment"]
    names = {line["id"]: name for line, name in zip(sorted(comments, key=_time), said, strict=True)}
    return {names[line["id"]]: line | {"parent": names.get(line.get("parent", ""))} for line in comments}


def _time(line: dict[str, Any]) -> str:
    return line["created"]


def test_a_table_holds_every_comment_and_no_formula(site: Site, said: dict[str, str], database_url: str) -> None:
    data = run(database_url, "export", "--site", site.key, "--format", "csv", "-").stdout_bytes
    assert data.startswith(b'\xef\xbb\xbf"thread_url",')
    assert data.count(b"\r\n") == len(said) + 1
    head, *rows = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)
    assert tuple(head) == COLUMNS
    assert {row[3] for row in rows} == set(said.values())
    for row in rows:
        assert not [cell for cell in row if cell.strip().startswith(("=", "+", "-", "@", "\t", "\r"))]
    texts = {row[3]: row[-1] for row in rows}
    assert texts[said["root"]].startswith("'=cmd|")
    assert texts[said["waits"]] == "'@sum I wait."
    assert texts[said["reply"]] == "'- one\n- two\n\n```\ncode <x>\n```"


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", "\t=1", "\r1", " =1", "\n-1", "\uff1d1", "\uff0b", "\u3000="])
def test_what_a_spreadsheet_takes_for_a_formula_becomes_text(text: str) -> None:
    assert safe_cell(text) == f"'{text}"
    assert safe_cell(f"a{text}") == f"a{text}"


def test_xml_holds_no_character_that_it_cannot() -> None:
    assert fit("a\x00b\x0bc\ud800d\uffff\te\n\U0001f980") == "a\ufffdb\ufffdc\ufffdd\ufffd\te\n\U0001f980"


def test_wordpress_gets_what_its_comments_may_hold() -> None:
    html = (
        '<p dir="auto">A <em>b</em> <a href="https://x.example/?a=1&amp;b" rel="nofollow">c</a></p>\n'
        '<h3 dir="auto">H</h3><ol start="3"><li dir="auto">x<ul><li>y</li></ul></li><li>z</li></ol>'
        '<pre><code class="language-py">1 &lt; 2\n'
        "  3</code></pre><hr><table><tbody><tr><td>1</td><td>2</td></tr></tbody></table>"
    )
    assert reduced(html) == (
        'A <em>b</em> <a href="https://x.example/?a=1&amp;b">c</a>\n\n<strong>H</strong>\n\n3. x\n  - y\n4. z\n\n'
        "<code>1 &lt; 2\n  3</code>\n\n* * *\n\n 1 2"
    )


def test_the_documentation_holds_what_exporters_declare(checkout: Path) -> None:
    text = (checkout / "docs" / "moving.md").read_text(encoding="utf-8")
    assert f"\n{ways_of(list(EXPORTERS.values()))}\n" in text
    assert f"\n{table_of(list(EXPORTERS.values()))}\n" in text


def test_what_cannot_be_done_is_said_and_nothing_is_left(site: Site, database_url: str, tmp_path: Path) -> None:
    cases = (
        (("--with", "everything", "x.jsonl"), "there is no 'everything'"),
        (("--format", "csv", "--with", "rules", "x.csv"), "--with is for archives"),
        (("--format", "html", "x.html.gz"), "packed as a zip"),
        (("--format", "html", "."), "it is there already"),
        (("--format", "csv", "."), "it is a folder"),
        (("--format", "html", "nowhere/x.zip"), "No such file"),
        (("--format", "html", "nowhere/x"), "No such file"),
    )
    for words, why in cases:
        told = run(database_url, "export", "--site", site.key, *words[:-1], str(tmp_path / words[-1]))
        assert told.exit_code in (1, 2), words
        assert why in told.output, told.output
    assert list(tmp_path.iterdir()) == []

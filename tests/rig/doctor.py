"""Runs `commentsvc doctor` on a test's database, and breaks what it looks at."""

import json
from dataclasses import dataclass
from typing import Any

from click.testing import CliRunner
from click.testing import Result
from flask import Flask
from sqlalchemy import text

from commentsvc.cli import main
from commentsvc.database import db


@dataclass
class Doctor:
    """The doctor of one database; `usual` is what it always finds wrong there."""

    app: Flask
    usual: set[str]

    @classmethod
    def of(cls, app: Flask, database_url: str) -> "Doctor":
        """Return the doctor of a test's database: the PostgreSQL of the tests does not wait for its disk."""
        return cls(app, {"commits"} if database_url.startswith("postgresql") else set())

    def run(self, *options: str) -> Result:
        """Run the command."""
        return CliRunner().invoke(main, ["doctor", *options])

    def findings(self, *options: str) -> dict[str, dict[str, Any]]:
        """Return what each check came to."""
        found = [json.loads(line) for line in self.run("--json", *options).stdout.splitlines()]
        return {finding["check"]: finding for finding in found}

    def wrong(self, *options: str) -> set[str]:
        """Return which checks found something wrong, but for what always is."""
        return {name for name, one in self.findings(*options).items() if one["state"] == "wrong"} - self.usual

    def sql(self, statement: str) -> int:
        """Change rows past the service, and return how many."""
        with self.app.app_context(), db.engine.begin() as connection:
            changed = connection.execute(text(statement)).rowcount
        assert changed
        return changed

    def rows(self, table: str) -> list[Any]:
        """Return all rows of a table."""
        with self.app.app_context(), db.engine.connect() as connection:
            return sorted(map(repr, connection.execute(text(f"SELECT * FROM {table}"))))

"""Fuzzes the running service by its contract with schemathesis, on both databases: `make fuzz`.

Every answer must be one that the contract tells of, in its shape, and none a fault; calls follow each other by the
ids that answers give. Schemathesis lives in a folder of its own, so that it changes nothing that the tests rest on.
"""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import click

from tests.rig.live import Live
from tests.rig.live import live_service
from tests.rig.live import temporary_database
from tests.rig.postgres import Postgres

HOOKS = Path(__file__).with_name("fuzz_hooks.py")
ORIGIN = "https://gazette.example"
ARTICLE = ORIGIN + "/news/the-old-bridge"
MONA = "mona@gazette.example"

# What is judged, and what is known of the parameters beyond the contract.
CONFIG = f"""
[parameters]
"path.site" = "gazette"

[checks]
# A method that is not told of is answered 405 by all routes, preflights aside, which the contract does not tell of.
unsupported_method.enabled = false
# What the contract calls wrong may be taken where nobody is harmed: unknown fields are left out, as it says.
negative_data_rejection.enabled = false
# What has the right shape may still be refused: an article elsewhere, a comment that is none.
positive_data_acceptance.enabled = false
# The hooks give tokens and receipts themselves; tests of their own try without.
ignored_auth.enabled = false
missing_required_header.enabled = false
# Authors see their comments also after they took them back.
use_after_free.enabled = false

[[operations]]
include-name = ["GET /api/v1/sites/{{site}}/thread", "GET /api/v1/sites/{{site}}/counts"]
parameters = {{ url = "{ARTICLE}" }}
"""


@click.command()
@click.argument("schemathesis", type=click.Path(exists=True, path_type=Path))
@click.option("--seconds", default=300, show_default=True, help="For each database.")
@click.option("--only", type=click.Choice(("sqlite", "postgresql")), help="One database alone.")
@click.option("--seed", type=int, help="Try the same cases again.")
def main(schemathesis: Path, seconds: int, only: str | None, seed: int | None) -> None:
    """Fuzz the service by the program SCHEMATHESIS."""
    failed = []
    for kind, database in (("sqlite", temporary_database), ("postgresql", _postgresql)):
        if only in (None, kind):
            with database() as url, live_service(url, SMTP_URL="smtp://127.0.0.1:9") as live:
                click.echo(f"On {kind}, for at most {seconds} seconds:")
                if fuzz(live, schemathesis, seconds, seed) != 0:
                    failed.append(kind)
    if failed:
        sys.exit(f"Something was found on {' and '.join(failed)}.")


def fuzz(live: Live, schemathesis: Path, seconds: int, seed: int | None) -> int:
    """Fuzz a running service for so long; return 0 where nothing was found."""
    live.command("site", "add", "gazette", "--origin", ORIGIN, "--hold", "none")
    live.command("moderator", "add", MONA, "--site", "gazette", "--password-stdin", stdin="correct horse battery")
    token = live.command(
        "token", "add", "fuzz", "--site", "gazette", "--moderator", MONA, "--scope", "read", "--scope", "decide"
    ).split()[-1]
    with tempfile.TemporaryDirectory(prefix="commentsvc-fuzz-") as folder:
        config = Path(folder) / "schemathesis.toml"
        config.write_text(CONFIG)
        command = [str(schemathesis), "--config-file", str(config), "run", f"{live.base}/api/v1/openapi.json"]
        command += ["--max-time", str(seconds), "--no-color", "--request-timeout", "20"]
        command += ["--generation-with-security-parameters", "false"]
        command += ["--seed", str(seed)] if seed is not None else []
        environ = os.environ | {
            "SCHEMATHESIS_HOOKS": str(HOOKS),
            "FUZZ_ORIGIN": ORIGIN,
            "FUZZ_ARTICLE": ARTICLE,
            "FUZZ_TOKEN": token,
            "FUZZ_RECEIPT": _post(live),
        }
        return subprocess.run(command, env=environ, cwd=folder, check=False).returncode


def _post(live: Live) -> str:
    body = json.dumps({"url": ARTICLE, "name": "Rita", "body": "Well said."}).encode()
    headers = {"Content-Type": "application/json", "Origin": ORIGIN}
    with urllib.request.urlopen(
        urllib.request.Request(f"{live.base}/api/v1/sites/gazette/comments", body, headers)
    ) as answer:
        return json.load(answer)["receipt"]


@contextlib.contextmanager
def _postgresql() -> Iterator[str]:
    with Postgres() as postgres:
        url = postgres.create_database("fuzz")
        environ = os.environ | {
            "COMMENTSVC_DATABASE_URL": url,
            "COMMENTSVC_SECRET_KEY": "only for this run, and long enough",
        }
        subprocess.run([sys.executable, "-m", "commentsvc.cli", "migrate"], env=environ, check=True)
        yield url


if __name__ == "__main__":
    main()

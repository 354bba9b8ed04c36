"""What runs on the hosts: PostgreSQL as primary and replica, the service, and nginx by the file that is shipped."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path
from typing import Any

import psycopg

from faults.cluster.network import NET
from faults.cluster.network import Host
from faults.service import ROOT
from faults.service import Service
from faults.stage import DURABLE
from tests.rig.postgres import SUPERUSER
from tests.rig.postgres import Postgres

DEPLOY = ROOT / "deploy" / "nginx"
# Where nginx takes plain http from the harness, beside https.
DOOR = 8000
SEEN_SECONDS = 30
REPLICA = "replica"


class Server(Postgres):
    """A PostgreSQL on a host of its own: a primary, or a replica of one."""

    def __init__(self, host: Host) -> None:
        """Take the host."""
        super().__init__(*DURABLE, f"--listen_addresses={host.address}")
        self.host = host

    def start(self) -> None:
        """Start the server on its host, and let others of the network in."""
        rules = self._folder / "data" / "pg_hba.conf"
        if NET not in rules.read_text():
            with rules.open("a") as file:
                file.write(f"host all all {NET}.0/24 trust\nhost replication all {NET}.0/24 trust\n")
        with self.host.inside():
            super().start()

    def follow(self, primary: "Server") -> None:
        """Become a replica of another server, whatever it was before, and wait until it streams."""
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self._folder / "data")
        where = f"host={primary.host.address} user={SUPERUSER} application_name={REPLICA}"
        copy = [
            self._programs / "pg_basebackup",
            "-D",
            self._folder / "data",
            "-d",
            where,
            "-R",
            "-c",
            "fast",
            "--no-sync",
        ]
        owner = self._folder.stat()
        common: dict[str, Any] = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": [], "cwd": self._folder}
        subprocess.run(copy, check=True, capture_output=True, **common)
        self.start()
        primary.until("SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'", 1)

    def promote(self) -> None:
        """Make a primary of a replica, as whoever watches over a cluster does."""
        self.ask("SELECT pg_promote()")

    def wait_for_replica(self, is_wanted: bool) -> None:
        """Have commits wait until the replica has them on its disk, or not."""
        self.ask(f"ALTER SYSTEM SET synchronous_standby_names = '{REPLICA if is_wanted else ''}'")
        self.ask("SELECT pg_reload_conf()")
        if is_wanted:
            self.until("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'", 1)

    def ask(self, statement: str) -> Any:
        """Run a statement past the network, and return its first value."""
        where = {"host": str(self._folder), "user": SUPERUSER, "dbname": "postgres"}
        with psycopg.connect(**where, autocommit=True) as connection:  # type: ignore[arg-type]
            cursor = connection.execute(statement)  # type: ignore[call-overload]
            row = cursor.fetchone() if cursor.description else None
            return row[0] if row else None

    def until(self, question: str, answer: Any) -> None:
        """Wait until a question has this answer."""
        deadline = time.monotonic() + SEEN_SECONDS
        while self.ask(question) != answer:
            if time.monotonic() > deadline:
                raise AssertionError(f"{question} is not {answer!r}")
            time.sleep(0.05)


@dataclass
class Backend(Service):
    """The service on a host of its own."""

    host: Host | None = field(default=None, kw_only=True)

    @property
    def environ(self) -> dict[str, str]:
        """The environment, with the address that the world knows: nginx's."""
        return super().environ | {"COMMENTSVC_BASE_URL": f"http://127.0.0.1:{DOOR}"}

    @property
    def address(self) -> str:
        """The host's address."""
        assert self.host is not None
        return self.host.address

    def answers(self, path: str) -> bool:
        """Tell whether it answers under a path with success."""
        try:
            with urllib.request.urlopen(f"http://{self.address}:{self.port}{path}", timeout=5):
                return True
        except OSError:
            return False

    def spawn(
        self, before: Sequence[str] = (), output: Path | None = None, variables: Mapping[str, str] | None = None
    ) -> None:
        """Start it on its host."""
        assert self.host is not None
        command = [*before, sys.executable, "-m", "commentsvc.cli", "serve", "--host", "0.0.0.0"]  # noqa: S104
        command += ["--port", str(self.port), "--workers", str(self.width)]
        environ = {**self.environ, **(variables or {})}
        with (output or self.folder / f"service-{self.host.name}.log").open("ab") as out, self.host.inside():
            self.process = subprocess.Popen(
                command, env=environ, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
            )

    def kill_host(self) -> None:
        """Kill everything of the service on this host at once (kill -9), as when the power goes."""
        assert self.process is not None
        workers = self.workers()
        self.process.kill()
        for worker in workers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker, signal.SIGKILL)
        self.process.wait()
        self.process = None


class Front:
    """nginx by the files of deploy/nginx, with other paths, and a door for plain http beside https."""

    def __init__(self, folder: Path, backends: Sequence[Backend]) -> None:
        """Write its configuration."""
        self.folder = folder
        self.log = folder / "commentsvc.log"
        names = folder / "live" / "comments.example.org"
        names.mkdir(parents=True)
        key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
        into = ["-keyout", names / "privkey.pem", "-out", names / "fullchain.pem"]
        openssl = ["openssl", "req", "-x509", *key, "-subj", "/CN=comments.example.org", *into]
        subprocess.run(openssl, check=True, capture_output=True)
        shipped = (DEPLOY / "commentsvc.conf").read_text()
        changes = {
            "listen 443 ssl http2;": f"listen 443 ssl http2;\n    listen {DOOR};",
            "    listen [::]:443 ssl http2;\n": "",
            "/etc/letsencrypt": str(folder),
            "/var/log/nginx": str(folder),
            "/var/cache/nginx": str(folder / "cache"),
        }
        for former, wanted in changes.items():
            assert former in shipped, former
            shipped = shipped.replace(former, wanted)
        hosts = [f"server {backend.address}:{backend.port}" for backend in backends]
        upstream = (DEPLOY / "commentsvc-upstream.conf").read_text()
        upstream = upstream.replace(
            "server 127.0.0.1:8080 max_fails", f"{hosts[0]} max_fails=1 fail_timeout=5s;\n    {hosts[1]} max_fails"
        ).replace("server 127.0.0.1:8080;", f"{hosts[0]};\n    {hosts[1]} backup;")
        (folder / "cache").mkdir()
        (folder / "nginx.conf").write_text(
            f"daemon off; user root; pid {folder}/pid; error_log {folder}/error.log;\n"
            f"events {{ worker_connections 2048; }}\nhttp {{\n{upstream}\n{shipped}\n}}\n"
        )
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it."""
        nginx = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin") or "nginx"
        self._process = subprocess.Popen([nginx, "-c", str(self.folder / "nginx.conf"), "-p", str(self.folder)])

    def stop(self) -> None:
        """Stop it."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()

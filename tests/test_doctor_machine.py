"""The doctor looks at disk, files and clock, and, where it is asked to, at the mail server and a running service."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from http.server import ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import quote

import pytest
from flask import Flask

from commentsvc.examining.machine import clock
from commentsvc.examining.machine import disk
from tests.conftest import SECRET
from tests.rig.archives import run
from tests.rig.doctor import Doctor
from tests.rig.smtp import PASSWORD
from tests.rig.smtp import USER
from tests.rig.smtp import MailHost
from tests.rig.smtp import make_certificate


@pytest.fixture
def doctor(app: Flask, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Doctor:
    """Give the doctor of the test's database."""
    monkeypatch.setenv("COMMENTSVC_DATABASE_URL", database_url)
    monkeypatch.setenv("COMMENTSVC_SECRET_KEY", SECRET)
    return Doctor.of(app, database_url)


@pytest.mark.parametrize(
    ("finding", "state", "told"),
    [
        (disk(10 << 20, "/x"), "wrong", "10 MB are free in /x"),
        (disk(100 << 20, "/x"), "note", "not much"),
        (disk(1 << 40, "/x"), "ok", "1,048,576 MB"),
        (clock(timedelta(seconds=-0.4)), "ok", "0.4 s apart"),
        (clock(timedelta(seconds=9)), "note", "9.0 s apart"),
        (clock(timedelta(seconds=-90)), "wrong", "90.0 s apart. Have both set by NTP"),
        (clock(timedelta(days=-90), is_file=True), "ok", "nothing was written later than now"),
        (clock(timedelta(hours=1), is_file=True), "wrong", "3,600 s after"),
    ],
)
def test_disk_and_clock_are_judged(finding, state: str, told: str) -> None:
    assert finding.state == state
    assert told in finding.words


def test_the_machine_is_looked_at(doctor: Doctor) -> None:
    assert doctor.findings()["clock"]["state"] == "ok"
    assert not {"mail", "service"} & doctor.findings().keys(), "nobody is asked who was not named"


def test_a_database_that_everybody_can_read_is_told(tmp_path: Path, app: Flask, monkeypatch) -> None:
    path = tmp_path / "comments.db"
    assert run(f"sqlite:///{path}", "site", "add", "blog", "--origin", "https://blog.example").exit_code == 0
    monkeypatch.setenv("COMMENTSVC_DATABASE_URL", f"sqlite:///{path}")
    monkeypatch.setenv("COMMENTSVC_SECRET_KEY", SECRET)
    doctor = Doctor(app, set())
    assert doctor.findings()["files"]["state"] == "ok"
    path.chmod(0o644)
    found = doctor.findings()["files"]
    assert found["state"] == "wrong" and "`chmod 600`" in found["words"]


@contextmanager
def service(status: int, body: bytes) -> Iterator[str]:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            assert self.path == "/readyz" and self.headers["Accept"] == "application/json"
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def parts(commits: str, is_ready: bool = True) -> bytes:
    told = {"commits": {"ok": True, "words": commits}, "disk": {"ok": is_ready, "words": "there is room"}}
    return json.dumps({"ready": is_ready, "parts": told}).encode()


@pytest.mark.parametrize(
    ("status", "body", "wrong", "told"),
    [
        (200, parts("synchronous (synchronous 2)"), set(), "it commits synchronous (synchronous 2)"),
        (200, parts("at once (synchronous 0)"), {"service-commits"}, "a comment can be lost"),
        (503, parts("synchronous (fsync on)", is_ready=False), {"service"}, "is not ready. disk: there is room"),
        (200, b"ready\n", {"service"}, "not one of commentsvc's"),
        (200, b'{"parts": [1]}', {"service"}, "not one of commentsvc's"),
        (404, b"<html>", {"service"}, "not one of commentsvc's"),
    ],
)
def test_a_running_service_is_asked(doctor: Doctor, status: int, body: bytes, wrong: set[str], told: str) -> None:
    with service(status, body) as address:
        assert doctor.wrong("--service", address) == wrong
        assert told in doctor.run("--service", address).output


def test_a_service_that_is_not_there_is_told(doctor: Doctor) -> None:
    assert doctor.wrong("--service", "http://127.0.0.1:9") == {"service"}
    assert "such as http://127.0.0.1:8080" in doctor.run("--service", "file:///etc/passwd").output


def test_the_mail_server_is_greeted_and_sent_nothing(
    doctor: Doctor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert doctor.findings("--mail")["mail"]["state"] == "note"
    certificate = make_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    host = MailHost(certificate)
    host.start()
    try:
        address = f"{USER}:{{}}@127.0.0.1:{host.port}?starttls=on"
        monkeypatch.setenv("COMMENTSVC_SMTP_URL", f"smtp://{address.format(quote(PASSWORD))}")
        found = doctor.findings("--mail")["mail"]
        assert found["state"] == "ok", found
        assert found["words"].endswith("takes letters (by STARTTLS, signed in); none was sent.")
        monkeypatch.setenv("COMMENTSVC_SMTP_URL", f"smtp://{address.format('guessed')}")
        found = doctor.findings("--mail")["mail"]
        assert found["state"] == "wrong" and "does not let us in: 535" in found["words"], found
        assert "guessed" not in found["words"]
        assert host.message_ids == []
    finally:
        host.stop()
    assert "does not let us in" in doctor.findings("--mail")["mail"]["words"]

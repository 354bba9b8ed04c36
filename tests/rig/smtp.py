"""A real mail server that listens on this machine: it takes letters, or refuses, hangs or breaks off, as it is told."""

import asyncio
import datetime
import ipaddress
import socket
import threading
from dataclasses import dataclass
from email import message_from_bytes
from email import policy
from email.message import EmailMessage
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER
from ssl import SSLContext
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from aiosmtpd.smtp import Envelope
from aiosmtpd.smtp import Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER = "letters"
PASSWORD = "open sesame"


@dataclass
class Arrived:
    """A letter that the server has taken, as bytes on the wire and as a mail program reads it."""

    sender: str
    recipient: str
    raw: bytes
    was_private: bool
    user: str | None

    @property
    def message(self) -> EmailMessage:
        """The letter, parsed."""
        parsed = message_from_bytes(self.raw, policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed

    def part(self, kind: str) -> str:
        """Return the text of one of its parts: plain or html."""
        body = self.message.get_body((kind,))
        assert body is not None
        return body.get_content()


class MailHost:
    """The server, and what it has taken; `refuse` answers RCPT, by recipient or with `*` for all."""

    def __init__(self, certificate: Path | None = None) -> None:
        """Take a file with certificate and key to offer STARTTLS and to ask for a password."""
        self.arrived: list[Arrived] = []
        # Every attempt to hand over a letter, also those that failed.
        self.message_ids: list[str] = []
        self.refuse: dict[str, str] = {}
        # After the letter is stored: never answer, or drop the connection before the answer.
        self.hangs = False
        self.drops = False
        self.port = _free_port()
        # Set as soon as a letter was heard in full.
        self.heard = threading.Event()
        options: dict[str, Any] = {}
        if certificate is not None:
            context = SSLContext(PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            options = {"tls_context": context, "auth_required": True, "authenticator": _authenticate}
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, **options)

    def start(self) -> None:
        """Listen."""
        self._controller.start()

    def stop(self) -> None:
        """Stop listening."""
        if self._controller.server is not None:
            self._controller.stop()

    async def handle_RCPT(
        self, server: Any, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take a recipient or refuse it."""
        refusal = self.refuse.get(address) or self.refuse.get("*")
        if refusal is not None:
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:
        """Take a letter, and answer or not."""
        content = envelope.content
        assert isinstance(content, bytes)
        login: Any = session.auth_data
        user = login.login.decode() if login is not None else None
        one = Arrived(str(envelope.mail_from), envelope.rcpt_tos[0], content, session.ssl is not None, user)
        self.message_ids.append(one.message["Message-ID"])
        self.heard.set()
        if self.hangs:
            await asyncio.sleep(60)
        self.arrived.append(one)
        if self.drops:
            server.transport.abort()
        return "250 taken"


def make_certificate(folder: Path) -> Path:
    """Write a certificate for this machine, signed by itself, with its key, and return the file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "mail.pem"
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + private)
    return path


def _authenticate(server: Any, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
    is_right = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=is_right, handled=False, auth_data=data)


def _free_port() -> int:
    # The controller can't listen on port 0: it would look for itself there.
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]

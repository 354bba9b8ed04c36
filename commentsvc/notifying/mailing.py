"""Hands letters to a mail server by SMTP (RFC 5321), and says what came of it."""

import contextlib
import smtplib
import ssl
from email.message import EmailMessage

from commentsvc.settings import IMPLICIT
from commentsvc.settings import STARTTLS
from commentsvc.settings import MailServer


class Unreachable(Exception):
    """Says that the mail server can't be reached, breaks off, or does not let us in: no fault of the letter's."""


class Refused(Exception):
    """Says that the mail server did not take a letter, and whether it might later."""

    def __init__(self, words: str, for_good: bool) -> None:
        """Take what the server said."""
        self.for_good = for_good
        super().__init__(words)


class Mailer:
    """A connection to the mail server, made when the first letter goes out and used for those that follow."""

    def __init__(self, server: MailServer, timeout: float, name: str) -> None:
        """Take the server, the seconds that it may take for an answer, and the name by which we greet it."""
        self._server = server
        self._timeout = timeout
        self._name = name
        self._open: smtplib.SMTP | None = None

    def send(self, message: EmailMessage, sender: str, recipient: str) -> None:
        """Hand over a letter; raise Unreachable or Refused. Where it returns, the server has answered 250."""
        try:
            connection = self._open or self._connect()
            self._open = connection
            connection.send_message(message, sender, [recipient])
        except smtplib.SMTPRecipientsRefused as refused:
            code, words = refused.recipients[recipient]
            raise self._refused(code, words) from refused
        except (smtplib.SMTPAuthenticationError, smtplib.SMTPConnectError, smtplib.SMTPHeloError) as error:
            raise self._unreachable(_said(error.smtp_code, error.smtp_error)) from error
        except smtplib.SMTPResponseException as refused:
            raise self._refused(refused.smtp_code, refused.smtp_error) from refused
        except smtplib.SMTPNotSupportedError as error:
            if self._open is None:
                raise self._unreachable(str(error)) from error
            # An address with other letters than ASCII before its @ (RFC 6531).
            raise Refused("the mail server does not take such an address", for_good=True) from error
        except OSError as error:
            raise self._unreachable(str(error) or type(error).__name__) from error

    def greet(self) -> None:
        """Connect and sign in as for a letter, and hand over none; raise Unreachable."""
        try:
            self._open = self._connect()
            self._open.ehlo_or_helo_if_needed()
        except smtplib.SMTPResponseException as error:
            raise self._unreachable(_said(error.smtp_code, error.smtp_error)) from error
        except OSError as error:
            raise self._unreachable(str(error) or type(error).__name__) from error

    def close(self) -> None:
        """End the connection, politely where that is possible."""
        connection, self._open = self._open, None
        if connection is not None:
            with contextlib.suppress(OSError):
                connection.quit()
            connection.close()

    def _connect(self) -> smtplib.SMTP:
        server = self._server
        # Greeted by a name that we know: looking up our own could take long.
        options = {"local_hostname": self._name, "timeout": self._timeout}
        if server.tls == IMPLICIT:
            context = ssl.create_default_context()
            connection = smtplib.SMTP_SSL(server.host, server.port, context=context, **options)
        else:
            connection = smtplib.SMTP(server.host, server.port, **options)
        try:
            if server.tls == STARTTLS:
                connection.starttls(context=ssl.create_default_context())
            if server.user is not None:
                connection.login(server.user, server.password or "")
        except BaseException:
            connection.close()
            raise
        return connection

    def _refused(self, code: int, words: bytes | str) -> Refused | Unreachable:
        # 421: the server is going down, and says so instead of an answer.
        if code == 421 or code < 400:
            return self._unreachable(_said(code, words))
        return Refused(_said(code, words), for_good=code >= 500)

    def _unreachable(self, words: str) -> Unreachable:
        connection, self._open = self._open, None
        if connection is not None:
            connection.close()
        return Unreachable(words)


def _said(code: int, words: bytes | str) -> str:
    text = words.decode(errors="replace") if isinstance(words, bytes) else words
    printable = "".join(character if character.isprintable() else " " for character in text)
    return f"{code} {' '.join(printable.split())}"[:300]

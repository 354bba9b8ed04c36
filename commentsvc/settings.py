"""Every setting once: its name, type, default and meaning."""

import os
import re
from collections.abc import Callable
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs
from urllib.parse import unquote
from urllib.parse import urlsplit

from limits import parse_many
from sqlalchemy.engine import URL
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

PREFIX = "COMMENTSVC_"


class BadSetting(ValueError):
    """Says which environment variable cannot be used, and why."""

    def __init__(self, name: str, value: str, why: str) -> None:
        self.name = PREFIX + name
        self.value = value
        self.why = why
        super().__init__(f"{self.name} is {value!r}: {why}")


def database_url(raw: str) -> URL:
    """Parse a database address; a relative SQLite path is taken from the working directory."""
    try:
        url = make_url(raw)
    except ArgumentError as error:
        raise ValueError("expected something like sqlite:///comments.db or postgresql://user@host/name") from error
    kind = url.drivername.split("+")[0]
    if kind == "sqlite":
        if not url.database or url.database == ":memory:":
            raise ValueError("an SQLite database needs a file, so that several processes can share it")
        return url.set(drivername="sqlite", database=str(Path(url.database).expanduser().resolve()))
    if kind in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    raise ValueError("only sqlite and postgresql are supported")


def read_url(raw: str) -> URL | None:
    """Parse the address of a replica, which only PostgreSQL has."""
    if not raw:
        return None
    url = database_url(raw)
    if url.get_backend_name() != "postgresql":
        raise ValueError("only PostgreSQL has replicas")
    return url


def base_url(raw: str) -> str:
    """Parse the public address of the service, which may have a path, and drop its trailing slash."""
    parts = urlsplit(raw)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("expected an http or https address such as https://comments.example.org")
    if parts.query or parts.fragment or parts.username:
        raise ValueError("expected only scheme, host, port and path")
    return f"{parts.scheme}://{parts.netloc.lower()}{parts.path.rstrip('/')}"


def switch(raw: str) -> bool:
    """Parse on or off."""
    if raw.lower() in ("on", "1", "true", "yes"):
        return True
    if raw.lower() in ("off", "0", "false", "no"):
        return False
    raise ValueError("expected on or off")


def whole_number(raw: str) -> int:
    """Parse a number of 0 or more."""
    if not raw.isascii() or not raw.isdigit():
        raise ValueError("expected a whole number, 0 or more")
    return int(raw)


def rate(raw: str) -> str:
    """Check one or more rates in the notation of the `limits` library, such as `5/minute;60/hour`."""
    try:
        parse_many(raw)
    except ValueError as error:
        raise ValueError("expected rates such as 5/minute;60/hour") from error
    return raw


def secret(raw: str) -> str:
    """Refuse secrets that could be guessed."""
    if raw and len(raw) < 32:
        raise ValueError("expected at least 32 characters; `openssl rand -hex 32` makes a good one")
    return raw


def secrets(raw: str) -> tuple[str, ...]:
    """Parse former secrets, separated by commas."""
    return tuple(secret(part.strip()) for part in raw.split(",") if part.strip())


@dataclass(frozen=True)
class MailServer:
    """Where letters are handed over, and how the connection is made private."""

    host: str
    port: int
    user: str | None
    password: str | None
    # TLS from the first byte, by STARTTLS, or none.
    tls: str


IMPLICIT = "implicit"
STARTTLS = "starttls"
PLAIN = "plain"
HERE = ("localhost", "127.0.0.1", "::1")


def mail_server(raw: str) -> MailServer | None:
    """Parse smtp://user:password@host:port or smtps://; STARTTLS is asked of every other machine unless it is off."""
    if not raw:
        return None
    parts = urlsplit(raw)
    asked = parse_qs(parts.query)
    starttls = asked.pop("starttls", ["auto"])[-1]
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or asked or starttls not in ("auto", "on", "off"):
        raise ValueError("expected smtp://user:password@host:587 or smtps://..., perhaps with ?starttls=on or off")
    user = unquote(parts.username) if parts.username else None
    password = unquote(parts.password) if parts.password else None
    if parts.scheme == "smtps":
        return MailServer(parts.hostname, parts.port or 465, user, password, IMPLICIT)
    is_here = parts.hostname in HERE
    tls = STARTTLS if starttls == "on" or (starttls == "auto" and not is_here) else PLAIN
    if tls == PLAIN and user and not is_here:
        raise ValueError("a password is not sent to another machine without STARTTLS")
    return MailServer(parts.hostname, parts.port or (587 if user else 25), user, password, tls)


def sender(raw: str) -> str:
    """Check the address that letters come from."""
    if raw and (raw.count("@") != 1 or not raw.isascii() or not raw.isprintable() or set(raw) & set(" <>,;:()[]")):
        raise ValueError("expected an address of mail such as comments@example.org")
    return raw


def log_level(raw: str) -> str:
    """Check a level of Python's logging."""
    if raw.upper() not in ("DEBUG", "INFO", "WARNING", "ERROR"):
        raise ValueError("expected DEBUG, INFO, WARNING or ERROR")
    return raw.upper()


METRICS_OFF = "off"
METRICS_LOCAL = "local"


def metrics(raw: str) -> str:
    """Parse who may read the numbers: off, local, or a token of at least 16 characters."""
    if raw.lower() in (METRICS_OFF, METRICS_LOCAL):
        return raw.lower()
    if len(raw) < 16 or not raw.isascii() or not raw.isprintable() or " " in raw:
        raise ValueError("expected off, local, or a token of 16 characters and more without spaces")
    return raw


LOG_JSON = "json"


def log_format(raw: str) -> str:
    """Parse how lines of the log look."""
    if raw.lower() not in ("text", LOG_JSON):
        raise ValueError("expected text or json")
    return raw.lower()


@dataclass(frozen=True)
class Setting:
    """One setting: environment variable without prefix, parser, default as typed, meaning."""

    name: str
    parse: Callable[[str], Any]
    default: str
    meaning: str


SETTINGS = (
    Setting("DATABASE_URL", database_url, "sqlite:///commentsvc.db", "where comments are kept: SQLite or PostgreSQL"),
    Setting("READ_URL", read_url, "", "a replica that pages are made from while it keeps up; empty: none"),
    Setting("BASE_URL", base_url, "http://localhost:8080", "the public address of the service; may have a path"),
    Setting(
        "SECRET_KEY",
        secret,
        "",
        "signs receipts, forms and sessions; empty: made at first start beside the SQLite file; PostgreSQL needs one",
    ),
    Setting("OLD_SECRET_KEYS", secrets, "", "former secrets, separated by commas, still accepted after a change"),
    Setting("TRUSTED_PROXIES", whole_number, "0", "how many reverse proxies in front add X-Forwarded-For"),
    Setting("RATE_LIMITS", switch, "on", "off also stops checks for floods, repeats and haste; for load tests"),
    Setting("POST_LIMIT", rate, "6/minute;60/hour", "comments, edits and deletions from one network (IPv6: /64)"),
    Setting("SITE_LIMIT", rate, "1200/hour", "comments on one site; more are held, unless browsers do some work"),
    Setting("THREAD_LIMIT", rate, "300/hour", "the same on one article"),
    Setting("EMAIL_LIMIT", rate, "20/hour", "the same under one address of mail"),
    Setting("LIMIT_STORAGE", str, "", "where limits are counted: redis://host:6379/0; empty: in the database"),
    Setting("AKISMET_URL", str, "", "https://YOUR-KEY@rest.akismet.com asks Akismet about comments; empty: nobody"),
    Setting("PREVIEW_LIMIT", rate, "60/minute", "previews from one network"),
    Setting("SIGN_IN_LIMIT", rate, "10/minute;50/hour", "sign-ins tried from one network; for one person five times"),
    Setting("SMTP_URL", mail_server, "", "smtp://user:password@host:587 or smtps://...; empty: no letters are sent"),
    Setting("SMTP_TIMEOUT", whole_number, "30", "seconds that a mail server may take for each answer"),
    Setting("MAIL_FROM", sender, "", "the address that letters come from; empty: comments@ the host of the base URL"),
    Setting("CONFIRM_LIMIT", rate, "3/day", "letters that ask one address whether it is theirs who typed it"),
    Setting("CONFIRM_NETWORK_LIMIT", rate, "10/hour;30/day", "the same letters, caused from one network"),
    Setting("DELIVER", switch, "on", "off where `commentsvc worker` sends the letters and not the service"),
    Setting("WEBHOOKS_PRIVATE", switch, "off", "on lets webhooks go to private and loopback addresses too"),
    Setting("THREADS", whole_number, "8", "threads of each process that do the work; readers are answered beside them"),
    Setting("PAGE_MEMORY", whole_number, "32", "megabytes of each process for pages that are kept ready"),
    Setting("PAGE_FOLDER", str, "", "where pages are kept over a restart; empty: beside the SQLite file, else nowhere"),
    Setting("UPLOAD_LIMIT", whole_number, "512", "megabytes that a file for an import on the desk may have; 0: none"),
    Setting("UPLOAD_FOLDER", str, "", "where such files lie; empty: beside the SQLite file, else with temporary ones"),
    Setting("KEEP_NETWORK_DAYS", whole_number, "30", "days after which a comment's shortened network is erased"),
    Setting("METRICS", metrics, "local", "who may read /metrics: off, local (from this machine), or a bearer token"),
    Setting("LOG_LEVEL", log_level, "INFO", "DEBUG, INFO, WARNING or ERROR"),
    Setting("LOG_FORMAT", log_format, "text", "json writes each line of the log as an object"),
    Setting("ACCESS_LOG", switch, "off", "on writes a line for each request, without receipts and without who asks"),
)


@dataclass(frozen=True)
class Settings:
    """The settings of one process, parsed."""

    database_url: URL
    read_url: URL | None
    base_url: str
    secret_key: str
    old_secret_keys: tuple[str, ...]
    trusted_proxies: int
    rate_limits: bool
    post_limit: str
    site_limit: str
    thread_limit: str
    email_limit: str
    limit_storage: str
    akismet_url: str
    preview_limit: str
    sign_in_limit: str
    smtp_url: MailServer | None
    smtp_timeout: int
    mail_from: str
    confirm_limit: str
    confirm_network_limit: str
    deliver: bool
    webhooks_private: bool
    threads: int
    page_memory: int
    page_folder: str
    upload_limit: int
    upload_folder: str
    keep_network_days: int
    metrics: str
    log_level: str
    log_format: str
    access_log: bool

    @property
    def base_path(self) -> str:
        """The path of the base URL, without a trailing slash; empty at the root."""
        return urlsplit(self.base_url).path

    @property
    def secure(self) -> bool:
        """Whether the service is reached over https."""
        return self.base_url.startswith("https://")

    @property
    def sqlite_path(self) -> Path | None:
        """The SQLite file, or None with PostgreSQL."""
        is_file = self.database_url.get_backend_name() == "sqlite" and self.database_url.database
        return Path(str(self.database_url.database)) if is_file else None


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Read all settings from the environment; raise BadSetting at the first that cannot be used."""
    environ = os.environ if environ is None else environ
    values = {}
    for setting in SETTINGS:
        raw = environ.get(PREFIX + setting.name, "").strip() or setting.default
        try:
            values[setting.name.lower()] = setting.parse(raw)
        except ValueError as error:
            shown = "(hidden)" if "SECRET" in setting.name or setting.parse is metrics else _without_password(raw)
            raise BadSetting(setting.name, shown, str(error)) from error
    return Settings(**values)


def _without_password(raw: str) -> str:
    return re.sub(r"//[^/@]*@", "//(hidden)@", raw)

"""The service's secrets: made once, kept beside the SQLite file, and never used for two purposes."""

import contextlib
import hmac
import os
import secrets
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from commentsvc.settings import BadSetting
from commentsvc.settings import Settings


@dataclass(frozen=True)
class Keyring:
    """The current secret first, then former ones that are still accepted."""

    secrets: tuple[str, ...]

    def derive(self, purpose: str) -> bytes:
        """Return the current 32-byte key of a purpose."""
        return _derive(self.secrets[0], purpose)

    def all(self, purpose: str) -> tuple[bytes, ...]:
        """Return the accepted 32-byte keys of a purpose, the current one first."""
        return tuple(_derive(secret, purpose) for secret in self.secrets)


def open_keyring(settings: Settings) -> Keyring:
    """Return the keyring of these settings, making the secret file at first start; raise BadSetting without one."""
    current = settings.secret_key or _kept_secret(settings)
    return Keyring((current, *settings.old_secret_keys))


def avatar(keys: Keyring, site_key: str, name: str) -> str:
    """Return ten hexadecimal characters that are the same for the same name on one site.

    The address of mail has no part in it: whoever guessed one could see by the picture that it is right.
    """
    message = f"{site_key}\n{name.casefold()}".encode()
    return hmac.digest(keys.derive("avatar"), message, "sha256").hex()[:10]


@cache
def _derive(secret: str, purpose: str) -> bytes:
    return hmac.digest(secret.encode(), purpose.encode(), "sha256")


def _kept_secret(settings: Settings) -> str:
    if settings.sqlite_path is None:
        why = (
            "PostgreSQL is used from many hosts, so that they must be given one secret; `openssl rand -hex 32` makes it"
        )
        raise BadSetting("SECRET_KEY", "", why)
    path = secret_file(settings.sqlite_path)
    try:
        if not path.exists():
            with contextlib.suppress(FileExistsError):
                _write_once(path, secrets.token_hex(32))
        kept = path.read_text().strip()
    except OSError as error:
        raise BadSetting("SECRET_KEY", "", f"{path} cannot be read or made: {error.strerror}") from error
    if len(kept) < 32:
        raise BadSetting("SECRET_KEY", "", f"{path} holds no usable secret; restore it from a backup")
    return kept


def secret_file(database: Path) -> Path:
    """Return where the secret of an SQLite database is kept: beside it, with .secret added to its name."""
    return database.with_name(database.name + ".secret")


def _write_once(path: Path, text: str) -> None:
    # Written whole under another name and then linked, so that a process that starts at the same time never reads half.
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)

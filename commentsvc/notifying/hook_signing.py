"""The secrets of webhooks and what they sign, as the Standard Webhooks specification has it (version 1)."""

import base64
import hashlib
import hmac
from datetime import datetime

from commentsvc.keys import Keyring
from commentsvc.models.ids import to_text
from commentsvc.models.site import Site
from commentsvc.models.webhook import Webhook

PURPOSE = "webhook"
PREFIX = "whsec_"


def secret(keys: Keyring, site: Site, webhook: Webhook) -> str:
    """Return a webhook's secret as its owner gives it to the receiver; it is made by key and stored nowhere."""
    return _write(_all(keys, site, webhook, webhook.generation)[0])


def former_secret(keys: Keyring, site: Site, webhook: Webhook, now: datetime) -> str | None:
    """Return the secret before this one while it still signs."""
    if webhook.former_until is None or webhook.former_until <= now:
        return None
    return _write(_all(keys, site, webhook, webhook.generation - 1)[0])


def signed(
    keys: Keyring, site: Site, webhook: Webhook, number: int, body: bytes, now: datetime
) -> dict[str, str]:  # fmt: skip
    """Return the headers that sign a delivery: `Webhook-Id`, `Webhook-Timestamp` and `Webhook-Signature`.

    A signature for each secret that is good now: while the webhook's own is changed, and while the service's is.
    """
    name, time = message_id(number), str(int(now.timestamp()))
    secrets = _all(keys, site, webhook, webhook.generation)
    if former_secret(keys, site, webhook, now) is not None:
        secrets += _all(keys, site, webhook, webhook.generation - 1)
    signatures = " ".join(f"v1,{_sign(each, name, time, body)}" for each in secrets)
    return {"Webhook-Id": name, "Webhook-Timestamp": time, "Webhook-Signature": signatures}


def message_id(number: int) -> str:
    """Return the id of a delivery, the same however often it is sent."""
    return f"msg_{to_text(number)}"


def _all(keys: Keyring, site: Site, webhook: Webhook, generation: int) -> list[bytes]:
    # No site's key holds a line end.
    message = f"{site.key}\n{webhook.id}\n{generation}".encode()
    return [hmac.new(key, message, hashlib.sha256).digest() for key in keys.all(PURPOSE)]


def _sign(secret: bytes, name: str, time: str, body: bytes) -> str:
    message = f"{name}.{time}.".encode() + body
    return base64.b64encode(hmac.new(secret, message, hashlib.sha256).digest()).decode()


def _write(secret: bytes) -> str:
    return PREFIX + base64.b64encode(secret).decode()

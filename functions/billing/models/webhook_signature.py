"""How a delivery is signed: twice, with one secret.

x-webhook-signature: t=<ms>,s=<base64>          HMAC-SHA256 of "<t>.<body>", keyed with the secret as text
webhook-signature: v1,<base64>                  HMAC-SHA256 of "<id>.<seconds>.<body>", keyed with the bytes
                                                behind the secret's whsec_ (Standard Webhooks)
"""

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta

from functions.billing.models.webhook import Announcement

SECRET_PREFIX = "whsec_"  # noqa: S105 - what a secret begins with
SECRET_BYTES = 32

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def signing_secret(chance: bytes) -> str:
    """The secret of `SECRET_BYTES` random bytes."""
    return SECRET_PREFIX + base64.b64encode(chance).decode()


def signed_headers(announcement: Announcement, *, secret: str, now: datetime) -> dict[str, str]:
    """The headers of a delivery at `now`, which must be the real time: receivers refuse what is minutes old."""
    milliseconds = (now - _EPOCH) // timedelta(milliseconds=1)
    seconds = milliseconds // 1000
    text = _signature(secret.encode(), f"{milliseconds}.{announcement.body}")
    standard = _signature(_key(secret), f"{announcement.id}.{seconds}.{announcement.body}")
    return {
        "content-type": "application/json",
        "user-agent": "owed-webhooks/1",
        "x-webhook-signature": f"t={milliseconds},s={text}",
        "webhook-id": announcement.id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": f"v1,{standard}",
    }


def _key(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix(SECRET_PREFIX))


def _signature(key: bytes, content: str) -> str:
    return base64.b64encode(hmac.new(key, content.encode(), hashlib.sha256).digest()).decode()

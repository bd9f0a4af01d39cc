import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta

from functions.billing.models.webhook import Announcement, WebhookEvent
from functions.billing.models.webhook_signature import signed_headers, signing_secret

THEIR_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 - as public as the example


def announcement(body: str, name: str = "evt_1") -> Announcement:
    return Announcement(id=name, organization_id="org_1", event=WebhookEvent.INVOICE_PAID, body=body)


def test_the_standard_signature_is_that_of_the_standards_own_example() -> None:
    """The message that the libraries of standardwebhooks.com are tested with, signed by none of our code."""
    example = announcement('{"test": 2432232314}', "msg_p5jXN8AQM9LWM0D4loKWxJek")
    now = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=1614265330)

    headers = signed_headers(example, secret=THEIR_SECRET, now=now)

    assert headers["webhook-id"] == "msg_p5jXN8AQM9LWM0D4loKWxJek"
    assert headers["webhook-timestamp"] == "1614265330"
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_contracts_signature_is_keyed_with_the_secret_as_text_and_tells_milliseconds() -> None:
    secret = signing_secret(bytes(32))
    now = datetime(2025, 6, 1, 12, 0, 0, 123_999, tzinfo=UTC)

    header = signed_headers(announcement('{"ü":1}'), secret=secret, now=now)["x-webhook-signature"]

    expected = hmac.digest(secret.encode(), '1748779200123.{"ü":1}'.encode(), hashlib.sha256)
    assert header == f"t=1748779200123,s={base64.b64encode(expected).decode()}"
    assert header.endswith("=")


def test_a_secret_is_what_the_standard_calls_one() -> None:
    assert signing_secret(bytes(range(32))) == "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

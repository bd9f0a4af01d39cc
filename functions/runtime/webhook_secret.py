"""Chance for the secrets that webhooks are signed with; beside `chance`, because each function loads that one."""

from os import urandom

from functions.billing.models.webhook_signature import SECRET_BYTES, signing_secret


def new_signing_secret() -> str:
    """256 random bits, as text."""
    return signing_secret(urandom(SECRET_BYTES))

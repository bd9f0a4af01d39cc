"""The environment that Lambda would give the handlers, pointed at the back end on this machine."""

import os
from collections.abc import Mapping

REGION = "us-east-1"
ACCOUNT = "000000000000"
ACCESS_KEY = "local"

WEBHOOKS_GO_ANYWHERE = {"WEBHOOK_RECEIVERS": "anywhere"}
"""A receiver under development listens on the loopback, by http; what is deployed never has this."""


def aws_settings(endpoint: str) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": ACCESS_KEY,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        # A proxy that the desk needs for the internet must not be asked for the loopback.
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
    }


def enter(settings: Mapping[str, str]) -> None:
    """Puts `settings` in the place of every AWS_* variable: no real credential can reach a handler."""
    environment = os.environ  # noqa: TID251 - the runner plays Lambda, which writes what settings.py reads
    for name in [name for name in environment if name.startswith("AWS_")]:
        del environment[name]
    environment.update(settings)

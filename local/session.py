"""AWS clients for this machine's own addresses, untouched by whatever AWS settings the desk has."""

import os
from typing import Any

import boto3
import botocore.session
from botocore.config import Config

from local.environment import ACCESS_KEY, REGION

DIRECT = Config(proxies={})
"""A proxy that the desk needs for the internet must not be asked for the loopback."""

_OWN_VARIABLES: dict[str, tuple[Any, Any, Any, Any]] = {
    "profile": (None, [], None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}
"""No AWS_PROFILE, no ~/.aws: a profile that does not exist would stop the session, one that does would steer it."""


def local_session() -> boto3.Session:
    session = botocore.session.Session(session_vars=_OWN_VARIABLES)
    return boto3.Session(ACCESS_KEY, ACCESS_KEY, region_name=REGION, botocore_session=session)

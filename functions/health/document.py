"""The OpenAPI document, as `make openapi` wrote it: to make it here would take the handlers of all functions."""

import hashlib
from functools import cache
from pathlib import Path

from functions.runtime.api import Cacheable


@cache
def openapi_document() -> Cacheable:
    content = Path(__file__).with_name("openapi.json").read_text(encoding="utf-8")
    return Cacheable(content, etag=f'"{hashlib.sha256(content.encode()).hexdigest()[:32]}"')

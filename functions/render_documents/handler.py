"""Document queue → JSON and PDF in S3."""

from collections.abc import Mapping
from typing import Any

from functions import wiring
from functions.runtime.messages import DocumentMessage
from functions.runtime.queue import BatchAnswer, handle_each


def handler(event: Mapping[str, Any], context: object) -> BatchAnswer:
    del context
    return handle_each(event, _render)


def _render(body: str) -> None:
    message = DocumentMessage.model_validate_json(body)
    wiring.store_documents()(message.organization, message.invoice)

"""Document queue → JSON and PDF in S3."""

from collections.abc import Mapping
from typing import Any

from functions.runtime.messages import DocumentMessage
from functions.runtime.queue import BatchAnswer, handle_each
from functions.wiring import documents


def handler(event: Mapping[str, Any], context: object) -> BatchAnswer:
    del context
    return handle_each(event, _render)


def _render(body: str) -> None:
    message = DocumentMessage.model_validate_json(body)
    documents.store_documents()(message.organization, message.invoice)

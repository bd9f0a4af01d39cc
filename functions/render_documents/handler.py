"""Document queue → JSON and PDF in S3."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools import Logger

from functions.runtime.messages import DocumentMessage
from functions.runtime.metrics import Metric, count
from functions.runtime.queue import BatchAnswer, handle_each
from functions.wiring import documents

logger = Logger(service="owed")


def handler(event: Mapping[str, Any], context: object) -> BatchAnswer:
    del context
    return handle_each(event, _render)


def _render(body: str) -> None:
    message = DocumentMessage.model_validate_json(body)
    documents.store_documents()(message.organization, message.invoice)
    count({Metric.DOCUMENTS_STORED: 1})
    logger.info("documents stored", extra={"organization_id": message.organization, "invoice_id": message.invoice})

"""Invoices as JSON and PDF."""

from functools import cache

from functions.adapters.s3 import S3Documents
from functions.billing.usecases.store_documents import StoreDocuments
from functions.runtime import settings
from functions.wiring import aws, ledgers


@cache
def document_store() -> S3Documents:
    return S3Documents(aws.s3(), settings.documents_bucket())


@cache
def store_documents() -> StoreDocuments:
    from functions.adapters.typst.renderer import TypstRenderer  # noqa: PLC0415 - typst is in two functions' layer only

    return StoreDocuments(register=ledgers.invoices(), store=document_store(), renderer=TypstRenderer())

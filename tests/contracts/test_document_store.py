"""`DocumentStore`: what was written last is read."""

from tests.contracts.back_ends import BackEnd


def test_a_document_is_read_as_it_was_written_last(back_end: BackEnd, organization_id: str) -> None:
    key = f"invoices/{organization_id}/2025/06/INV-000001.pdf"
    assert back_end.documents.read(key) is None

    for content in (b"%PDF first", b"%PDF \xff\x00 second"):
        back_end.documents.write(key, content, content_type="application/pdf")

    assert back_end.documents.read(key) == b"%PDF \xff\x00 second"
    assert back_end.documents.read(f"{key}.sig") is None

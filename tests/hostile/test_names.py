"""Names that are no names, all the way to the invoice: kept as they were sent, and printed without doing harm."""

import io
import json
from collections.abc import Iterator
from urllib.parse import quote

import pypdf
import pytest

from functions.wiring import documents
from tests.client import client_of
from tests.functions.sales import Seller, at, fee, seller
from tests.world import World, fresh_world

NAMES = {
    "a null byte": "Ac\u0000me",
    "an escape sequence": "\u001b[31mAcme\u001b[0m",
    "line ends and tabs": "Acme\r\nTotal: 0.00\tLtd",
    "C1 controls and DEL": "Acme\u007f\u0085\u009b",
    "a bidi override": "\u202edtL emcA\u202c",
    "isolates": "\u2066\u2067Acme\u2069",
    "right to left": "שלום עליכם",
    "Arabic": "شركة أكمي",
    "a family": "\U0001f469\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466",
    "marks without end": "A" + "\u0301" * 200,
    "only a mark": "\u0301",
    "spaces alone": "\u00a0\u2003 ",
    "nothing visible": "\u200b\ufeff\u2060",
    "no character": "\uffff\ufffe\U0010ffff",
    "for private use": "\ue000\U000f0000",
    "typst": '#panic("x") #eval("1/0") $x$ \\ *b* _i_ @ref <l> // b',
    "HTML and SQL": "<script>alert(1)</script>'; DROP TABLE records; --",
    "templates": "{{7*7}} ${7*7} %s %n",
    "255 characters": "W" * 255,
}


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with fresh_world() as made:
        yield made


@pytest.mark.parametrize("how", NAMES)
def test_a_name_is_kept_to_the_last_character_and_its_invoice_can_be_printed(world: World, how: str) -> None:
    name = NAMES[how]
    acme = sold_to(world, name)
    (invoice,) = acme.invoices()

    paid = client_of(acme.tenant)  # by id alone: of an external id it escapes nothing, and refuses control characters
    pdf = acme.tenant.call("GET", f"/invoices/{invoice['id']}/pdf")
    (stored,) = paths_of_json(acme)

    assert paid.customers.get_customer_by_id(acme.customer_id).name == name
    assert acme.tenant.get(f"/customers/external/{quote(name, safe='')}")["id"] == acme.customer_id
    assert [each["name"] for each in acme.tenant.get("/customers/")["data"]] == [name]
    assert json.loads(stored)["buyer"]["name"] == name
    assert invoice["invoiceTotal"] == 500_00
    text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf.body)).pages)
    assert "500.00" in text
    assert not {character for character in text if character in "\u001b\u202e\u2066\u0085"}


def sold_to(world: World, name: str) -> Seller:
    """A customer of that name, product and order of that name, and one posted invoice over 500.00."""
    acme = seller(world, name=name, legalName=name, externalId=name, billingAddress={"line1": name, "city": name})
    acme.sell({**fee(at(500_00)), "name": name}, name=name, autoPostInvoices=True, purchaseOrderReference=name)
    return acme


def paths_of_json(acme: Seller) -> list[bytes]:
    """The JSON documents of the organization's invoices."""
    content = documents.document_store().read(f"invoices/{acme.tenant.organization_id}/2025/06/INV-000001.json")
    return [] if content is None else [content]

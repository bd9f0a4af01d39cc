"""Items of every shape that ever was are read; those of a shape to come are not."""

import json
import zlib
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from functions.adapters.dynamodb import keys, writes
from functions.adapters.dynamodb.items import SCHEMAS, NewerSchemaError, Schemas, document_of, text_of, value_of
from functions.adapters.dynamodb.segments import item_of_segment, segment_of
from functions.adapters.dynamodb.signal_log import DynamoSignalLog
from functions.adapters.dynamodb.table import Records
from functions.adapters.key_snapshots import KeySnapshots
from functions.billing.models.segment import LogId
from local.resources import Clients, physical_name
from tests.shapes import broken_by, shape_of
from tests.stored import FOLDER, KINDS, MODELS, SHAPES, kept, read
from tests.world import fresh_world

EVERY_NUMBER = [(kind, number) for kind, newest in SCHEMAS.numbers.items() for number in range(1, newest + 1)]
ITEMS = sorted(KINDS - {"KeySnapshot"})


@pytest.fixture(scope="module")
def clients() -> Iterator[Clients]:
    with fresh_world() as world:
        yield world.clients


def newer(kind: str) -> Any:
    """An item of the kind as the next number may have it."""
    stored, _ = kept(kind, SCHEMAS.numbers[kind])
    return {**stored, "schema": {"N": str(SCHEMAS.numbers[kind] + 1)}}


def json_of(document: Any) -> Any:
    """What a `doc` holds, whichever way it is written."""
    return json.loads(text_of(document))


def is_within(expected: Any, found: Any) -> bool:
    """Whether all that is expected is found; a field that came with a default since may stand beside it."""
    if isinstance(expected, dict):
        return all(name in found and is_within(value, found[name]) for name, value in expected.items())
    if isinstance(expected, list):
        return len(expected) == len(found) and all(map(is_within, expected, found))
    return bool(expected == found)


def test_every_number_of_every_kind_is_kept() -> None:
    files = {path.stem for path in FOLDER.glob("*.*.json")}

    assert files == {f"{kind}.{number}" for kind, number in EVERY_NUMBER}
    assert set(SCHEMAS.numbers) == KINDS


@pytest.mark.parametrize(("kind", "number"), EVERY_NUMBER)
def test_an_item_of_every_number_is_read_as_what_it_was(clients: Clients, kind: str, number: int) -> None:
    stored, reads_as = kept(kind, number)

    found = read(clients, kind, stored)

    assert is_within(reads_as, found), found


@pytest.mark.parametrize("kind", sorted(MODELS))
def test_an_item_is_written_again_as_it_was_kept(kind: str) -> None:
    """A field that came since is None, and is not written: the version before would refuse the item for it."""
    stored, _ = kept(kind, SCHEMAS.numbers[kind])

    again = document_of(value_of(stored, MODELS[kind]))

    assert json_of(again) == json_of(stored["doc"])


def test_an_invoice_with_allocations_is_read_as_what_it_was(clients: Clients) -> None:
    stored, reads_as = kept("Invoice", 1, folder=FOLDER / "paid")

    assert len(reads_as["allocations"]) == 1
    assert read(clients, "Invoice", stored) == reads_as


@pytest.mark.parametrize("kind", ITEMS)
def test_an_item_of_a_newer_number_is_refused_by_its_name(clients: Clients, kind: str) -> None:
    stored = newer(kind)
    name = stored["sk"].get("S") or stored["sk"]["N"]

    with pytest.raises(NewerSchemaError) as refused:
        read(clients, kind, stored)

    newest = SCHEMAS.numbers[kind]
    assert str(refused.value).startswith(f"{kind} {name!r} is of schema {newest + 1}, and this version of Owed reads")


def test_keys_of_a_newer_segment_are_not_overlooked(clients: Clients) -> None:
    stored = newer("Segment")
    clients.dynamodb.put_item(TableName=physical_name("signals"), Item=stored)
    organization_id, customer_id, shard = stored["pk"]["S"].split("#")
    log = DynamoSignalLog(clients.dynamodb, physical_name("signals"))

    with pytest.raises(NewerSchemaError):
        log.known_keys(LogId(organization_id, customer_id, int(shard)))


def test_a_snapshot_of_a_newer_number_is_left_for_the_log(clients: Clients) -> None:
    content, _ = kept("KeySnapshot", 1)
    _, _, rest = content.partition(b"\n")
    from_newer_code = rest.replace(b'"schema": 1', b'"schema": 2')
    assert from_newer_code != rest
    bucket = physical_name("snapshots")
    body = b"%d\n" % zlib.crc32(from_newer_code) + from_newer_code
    clients.s3.put_object(Bucket=bucket, Key="keys/signals/org_2/cus_1/0", Body=body)

    snapshots = KeySnapshots(lambda: (clients.s3, bucket), table="signals")

    assert snapshots.load(LogId("org_2", "cus_1")) is None


def test_a_number_that_newer_code_wrote_is_not_written_over_by_a_count(clients: Clients) -> None:
    table = physical_name("records")
    key = keys.count("org_9", "customer", "cus_1")
    item = {**newer("Counter"), "pk": {"S": key.pk}, "sk": {"S": key.sk}}
    clients.dynamodb.put_item(TableName=table, Item=item)

    Records(clients.dynamodb, table).transact([writes.add(table, key, "things", 1)])

    found = clients.dynamodb.get_item(TableName=table, Key={"pk": item["pk"], "sk": item["sk"]})["Item"]
    assert found["schema"] == {"N": str(SCHEMAS.numbers["Counter"] + 1)}


def test_a_segment_is_written_as_the_newest_one_that_is_kept() -> None:
    stored, _ = kept("Segment", SCHEMAS.numbers["Segment"])

    written = item_of_segment(segment_of(stored))

    def unpacked(item: Any) -> Any:  # what zlib makes of the same columns may differ from machine to machine
        return {**item, "block": zlib.decompress(item["block"]["B"])}

    assert unpacked(written) == unpacked(stored)


def test_old_documents_go_through_each_step_in_order() -> None:
    schemas = Schemas(
        {"Thing": 3},
        {("Thing", 1): lambda old: {"two": old["one"]}, ("Thing", 2): lambda old: {"three": old["two"]}},
    )

    read_as = [schemas.upcast("Thing", document, number=n) for n, document in ((1, {"one": 7}), (2, {"two": 7}))]

    assert all(earlier == later == {"three": 7} for earlier, later in pairwise(read_as))
    assert schemas.upcast("Thing", {"three": 7}, number=3) == {"three": 7}


@pytest.mark.parametrize("upcasters", [{}, {("Thing", 1): dict, ("Thing", 2): dict}])
def test_a_step_that_is_missing_or_too_much_is_refused(upcasters: Any) -> None:
    with pytest.raises(ValueError, match="these steps have no upcaster"):
        Schemas({"Thing": 2}, upcasters)


@pytest.mark.parametrize("kind", sorted(MODELS))
def test_a_stored_shape_changes_with_its_number_or_by_a_default(kind: str) -> None:
    before = json.loads(SHAPES.read_text(encoding="utf-8"))[kind]

    now = shape_of(kind)

    assert broken_by(before, now) == []
    assert now == before, "python -m tests.shapes keeps the new shape"


BEFORE = {
    "number": 1,
    "parts": {"Thing": {"required": ["name"], "properties": {"name": {"type": "string"}, "size": {"type": "integer"}}}},
}


@pytest.mark.parametrize(
    ("required", "properties", "broken"),
    [
        (["name"], {"name": {"type": "string"}, "size": {"type": "integer"}, "new": {}}, []),
        (["name"], {"name": {"type": "string"}}, ["Thing.size has another type, or is gone"]),
        (
            ["name"],
            {"name": {"type": "integer"}, "size": {"type": "integer"}},
            ["Thing.name has another type, or is gone"],
        ),
        (
            ["name", "size"],
            {"name": {"type": "string"}, "size": {"type": "integer"}},
            ["Thing.size is required, and older documents lack it"],
        ),
    ],
)
def test_what_breaks_a_shape_is_named(required: Any, properties: Any, broken: list[str]) -> None:
    part = {"required": required, "properties": properties}

    assert broken_by(BEFORE, {"number": 1, "parts": {"Thing": part}}) == broken
    assert broken_by(BEFORE, {"number": 2, "parts": {"Thing": part}}) == []

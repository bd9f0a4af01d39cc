"""Items as they lie in the tables, kept in `tests/fixtures/items`, and how the present code reads each kind."""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import BaseModel, TypeAdapter

from functions.adapters.dynamodb import keys
from functions.adapters.dynamodb.collection import DynamoCollection
from functions.adapters.dynamodb.items import value_of
from functions.adapters.dynamodb.kinds import CUSTOMER
from functions.adapters.dynamodb.numbers import numbers_of
from functions.adapters.dynamodb.organizations import DynamoApiKeys
from functions.adapters.dynamodb.segments import segment_of
from functions.adapters.dynamodb.span_claims import DynamoSpanClaims
from functions.adapters.dynamodb.table import Records
from functions.adapters.key_snapshots import KeySnapshots
from functions.billing.models.amendment import Amendment
from functions.billing.models.contact import Contact
from functions.billing.models.credit import CreditBook, CreditCurrency
from functions.billing.models.customer import Customer, CustomerAlias, CustomerUser
from functions.billing.models.depletion import CreditsDepletion
from functions.billing.models.invoice import Invoice
from functions.billing.models.order import Order, SeatAssignments
from functions.billing.models.organization import ApiKey, Organization
from functions.billing.models.payment import Payment
from functions.billing.models.plan import Plan
from functions.billing.models.product import Product
from functions.billing.models.schedule import BillingSchedule
from functions.billing.models.segment import LogId
from functions.billing.models.settlement import Settlement
from functions.billing.models.usage import Checkpoint, RatingPlan, UsagePage
from functions.billing.models.webhook import DeliveryAttempt, LastAttempt, WebhookSettings
from functions.billing.telemetry.apart import Claim, Side
from local.resources import Clients, physical_name

Json = dict[str, Any]

FOLDER = Path(__file__).parent / "fixtures" / "items"
SHAPES = FOLDER / "shapes.json"

MODELS: Mapping[str, type[BaseModel]] = {
    model.__name__: model
    for model in (
        Amendment,
        ApiKey,
        BillingSchedule,
        Checkpoint,
        Contact,
        CreditBook,
        CreditCurrency,
        CreditsDepletion,
        Customer,
        CustomerAlias,
        CustomerUser,
        DeliveryAttempt,
        Invoice,
        LastAttempt,
        Order,
        Organization,
        Plan,
        Payment,
        Product,
        RatingPlan,
        SeatAssignments,
        Settlement,
        UsagePage,
        WebhookSettings,
    )
}

Read = Callable[[Clients, Any], object]


def kept(kind: str, number: int, *, folder: Path = FOLDER) -> tuple[Any, Any]:
    """What a fixture stores, with its bytes as bytes, and what it is to be read as."""
    fixture = json.loads((folder / f"{kind}.{number}.json").read_text(encoding="utf-8"))
    stored = fixture["stored"]
    if set(stored) == {"B"}:
        return base64.b64decode(stored["B"]), fixture["reads_as"]
    item = {name: {"B": base64.b64decode(v["B"])} if "B" in v else v for name, v in stored.items()}
    return item, fixture["reads_as"]


def read(clients: Clients, kind: str, stored: Any) -> Any:
    """What the present code makes of it, as JSON."""
    if kind in MODELS:
        return value_of(stored, MODELS[kind]).model_dump(mode="json")
    return TypeAdapter(Any).dump_python(_OTHERS[kind](clients, stored), mode="json")


def _segment(_: Clients, item: Any) -> object:
    as_read = asdict(segment_of(item))
    for entry in as_read["entries"]:
        entry |= {name: entry[name].hex() for name in ("key_hash", "payload_hash")}
    return as_read


def _pointer(clients: Clients, item: Any) -> object:
    holders = DynamoCollection(_records_with(clients, item), CUSTOMER).holders(_organization(item), item["sk"]["S"])
    return {"present": holders.present, "past": sorted(holders.past), "moves": holders.moves}


def _counter(clients: Clients, item: Any) -> object:
    return DynamoCollection(_records_with(clients, item), CUSTOMER).page(_organization(item), limit=1, offset=0).total


def _sequence(clients: Clients, item: Any) -> object:
    """The number after the one that is stored."""
    return _records_with(clients, item).next_number(keys.sequence(_organization(item), item["sk"]["S"]))


def _number_block(_: Clients, item: Any) -> object:
    return dict(numbers_of(item))


def _key_use(clients: Clients, item: Any) -> object:
    return DynamoApiKeys(_records_with(clients, item)).last_uses(_organization(item))


def _span_marks(clients: Clients, item: Any) -> object:
    """Of each side the marks that the other side finds."""
    claims = DynamoSpanClaims(_records_with(clients, item))
    trace_id, place = item["pk"]["S"].split("#")[1], item["sk"]["S"]

    def is_found(side: Side, mark: str) -> bool:
        asked = Claim(trace_id, place, side.other, leaves="asked", unless=frozenset({mark}))
        return not claims.claim(_organization(item), asked)

    return {side: sorted(mark for mark in item[side]["SS"] if is_found(side, mark)) for side in Side if side in item}


def _key_snapshot(clients: Clients, content: Any) -> object:
    bucket, log = physical_name("snapshots"), LogId("org_1", "cus_1")
    clients.s3.put_object(Bucket=bucket, Key="keys/signals/org_1/cus_1/0", Body=content)
    known = KeySnapshots(lambda: (clients.s3, bucket), table="signals").load(log)
    assert known is not None
    return {
        "last_segment": known.last_segment,
        "cumulative": known.cumulative,
        "starts": known.starts,
        "fences": {name: [fence.moves, fence.place] for name, fence in known.fences.items()},
        "keys": known.keys.packed().hex(),
    }


_OTHERS: Mapping[str, Read] = {
    "Counter": _counter,
    "KeySnapshot": _key_snapshot,
    "KeyUse": _key_use,
    "NumberBlock": _number_block,
    "Pointer": _pointer,
    "Segment": _segment,
    "Sequence": _sequence,
    "SpanMarks": _span_marks,
}
KINDS = frozenset(MODELS) | frozenset(_OTHERS)


def _records_with(clients: Clients, item: Any) -> Records:
    clients.dynamodb.put_item(TableName=physical_name("records"), Item=item)
    return Records(clients.dynamodb, physical_name("records"))


def _organization(item: Any) -> str:
    return str(item["pk"]["S"].partition("#")[0])

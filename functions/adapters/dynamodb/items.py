"""Entity to item and back. The entity lies whole in `doc` as its JSON, compressed when that saves write units.

Its JSON rather than a map of attributes: pydantic parses it again, so that what code wrote years ago is checked on the
way in, and no number passes through DynamoDB's own number type.
"""

import zlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel

from functions.adapters.dynamodb.keys import Key
from functions.billing.errors import TooLarge

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

Item = dict[str, "AttributeValueTypeDef"]
Model = TypeVar("Model", bound=BaseModel)

SCHEMA = 1
"""The version of the shapes below; a change of shape raises it, and reading understands every older one."""

_COMPRESS_ABOVE_BYTES = 900
"""A write unit is 1 KB: smaller items gain nothing from being unreadable."""

_MAX_DOCUMENT_BYTES = 395_000
"""An item ends at 400 KB (409,600 bytes), its keys and other attributes included."""


def item_of(key: Key, value: BaseModel, *, revision: int, owner: str | None = None) -> Item:
    """The item that holds `value` at `revision`. Raises TooLarge."""
    item: Item = {
        **key_item(key),
        "schema": {"N": str(SCHEMA)},
        "revision": {"N": str(revision)},
        "doc": document_of(value),
    }
    if owner is not None:
        item["owner"] = {"S": owner}
    return item


def document_of(value: BaseModel) -> "AttributeValueTypeDef":
    """The value as a string, or as a compressed blob when it is long."""
    text = value.model_dump_json(exclude_none=True)
    if len(text) <= _COMPRESS_ABOVE_BYTES:
        return {"S": text}
    content = zlib.compress(text.encode(), 9)
    if len(content) > _MAX_DOCUMENT_BYTES:
        kind = type(value).__name__.lower()
        raise TooLarge(f"the {kind} would take {len(content)} bytes, expected at most {_MAX_DOCUMENT_BYTES}")
    return {"B": content}


def value_of(item: Mapping[str, "AttributeValueTypeDef"], model: type[Model]) -> Model:
    """The value that an item holds."""
    document = item["doc"]
    if "S" in document:
        return model.model_validate_json(document["S"])
    return model.model_validate_json(zlib.decompress(bytes(document["B"])))


def revision_of(item: Mapping[str, "AttributeValueTypeDef"]) -> int:
    return int(item["revision"]["N"])


def key_item(key: Key) -> Item:
    return {"pk": {"S": key.pk}, "sk": {"S": key.sk}}

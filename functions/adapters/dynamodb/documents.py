"""One item, one value, changed by reading it, changing it, and putting it back if nobody else did."""

from collections.abc import Callable
from typing import TypeVar

from pydantic import BaseModel

from functions.adapters.dynamodb.items import item_of, revision_of, value_of
from functions.adapters.dynamodb.keys import Key
from functions.adapters.dynamodb.table import ConditionsFailedError, Records
from functions.billing.errors import Busy

Model = TypeVar("Model", bound=BaseModel)

_MAX_TRIES = 20


def modify(records: Records, key: Key, model: type[Model], change: Callable[[Model | None], Model]) -> Model:
    """Applies `change` to the value at `key` (None when there is none), again if somebody else was faster.

    Raises what `change` raises; Busy when others never stop.
    """
    for _ in range(_MAX_TRIES):
        item = records.get(key)
        before = None if item is None else value_of(item, model)
        revision = 0 if item is None else revision_of(item)
        after = change(before)
        if after == before:
            return after
        try:
            records.put(item_of(key, after, revision=revision + 1), replaces=revision)
        except ConditionsFailedError:
            continue
        return after
    raise Busy("the same thing is being changed by others, try again")

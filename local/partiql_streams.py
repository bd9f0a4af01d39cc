"""Teaches ministack 1.5.33 to tell its streams of what PartiQL writes, as DynamoDB does; its other writes it tells.

Run by `leash.py` in ministack's own interpreter, before ministack. A billing run inserts its invoices by PartiQL:
without this nothing would be announced of them here. To be dropped when `_partiql_insert` calls `_emit_stream_event`.
"""

from contextvars import ContextVar
from typing import Any

from ministack.services import dynamodb  # type: ignore[import-not-found] # in its own environment only

_is_partiql: ContextVar[bool] = ContextVar("is_partiql", default=False)


def _telling(write: Any) -> Any:  # noqa: ANN401 - ministack has no types
    def run(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - as above
        token = _is_partiql.set(True)
        try:
            return write(*arguments, **named)
        finally:
            _is_partiql.reset(token)

    return run


_set_item = dynamodb._set_item  # noqa: SLF001 - there is no public name


def _set_item_and_tell(table: Any, pk: str, sk: str, item: Any) -> Any:  # noqa: ANN401 - ministack has no types
    before = table["items"].get(pk, {}).get(sk)
    answer = _set_item(table, pk, sk, item)
    if _is_partiql.get():
        kind = "INSERT" if before is None else "MODIFY"
        dynamodb._emit_stream_event(table["TableName"], kind, before, item)  # noqa: SLF001 - as above
    return answer


dynamodb._set_item = _set_item_and_tell  # noqa: SLF001 - as above
for _name in ("_partiql_insert", "_partiql_update"):
    setattr(dynamodb, _name, _telling(getattr(dynamodb, _name)))

"""What the published client declares of each operation: read from the client itself, so that it cannot go stale."""

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_type_hints

from paid import Paid

RESOURCES = (
    "products",
    "pricing",
    "plans",
    "customers",
    "contacts",
    "credits",
    "orders",
    "amendments",
    "signals",
    "costs",
    "invoices",
    "payments",
    "payment_allocations",
    "webhooks",
)

LATER = {
    r"customer_unit": "customer units, their hierarchy and their caps come later (issue 2 asks for 51 operations)",
}
"""Patterns of the methods that are left out, and why."""

SERVER_TROUBLE = {408, 429, 500}
"""Statuses that no request can ask for: too slow, too many, broken."""

_CLIENT = Paid(token="none")  # noqa: S106 - never sent


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of the client: what it answers with, the statuses it declares, and its arguments.

    `path_arguments` are ids in the path; the client takes them by position, everything else by name.
    """

    resource: str
    method: str
    answer: Any
    status: int
    errors: frozenset[int]
    path_arguments: tuple[str, ...]
    named_arguments: frozenset[str]

    @property
    def name(self) -> str:
        return f"{self.resource}.{self.method}"


def left_out_because(method: str) -> str | None:
    """Why a method of these clients is not called yet, None if it is."""
    return next((reason for pattern, reason in LATER.items() if re.search(pattern, method)), None)


def _methods() -> Iterator[tuple[str, str]]:
    for resource in RESOURCES:
        for method, _ in inspect.getmembers(type(getattr(_CLIENT, resource)), inspect.isfunction):
            if not method.startswith("_"):
                yield resource, method


def _operation(resource: str, method: str) -> Operation:
    client = getattr(_CLIENT, resource)
    function = getattr(type(client), method)
    parameters = list(inspect.signature(function).parameters.values())[1:]
    raw = getattr(type(client.with_raw_response), method)
    success = re.search(r"HttpResponse\[\w+\]\s+(\d+)", inspect.getdoc(raw) or "")
    assert success is not None, f"{resource}.{method} does not say which status it expects"
    return Operation(
        resource,
        method,
        answer=get_type_hints(function)["return"],
        status=int(success.group(1)),
        errors=frozenset(map(int, re.findall(r"status_code == (\d+)", inspect.getsource(raw)))),
        path_arguments=tuple(p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD),
        named_arguments=frozenset(p.name for p in parameters if p.kind is p.KEYWORD_ONLY) - {"request_options"},
    )


ALL_METHODS = tuple(f"{resource}.{method}" for resource, method in _methods())
OPERATIONS = {
    operation.name: operation
    for operation in (_operation(*method) for method in _methods() if left_out_because(method[1]) is None)
}

"""Every route of every handler, read from the handlers themselves."""

import re
from dataclasses import dataclass
from importlib import import_module
from urllib.parse import quote

from functions.billing.models.organization import Scope
from functions.runtime.api import Api
from infra.resources import FUNCTIONS


@dataclass(frozen=True)
class Known:
    """A route and the function that declares it; `path` has its parameters in braces."""

    function: str
    method: str
    path: str
    scope: Scope | None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def parameters(self) -> tuple[str, ...]:
        return tuple(re.findall(r"\{(\w+)\}", self.path))


def filled(route: Known, value: str) -> str:
    """The route's path with the same value for all of its parameters."""
    return filled_with(route, dict.fromkeys(route.parameters, value))


def filled_with(route: Known, values: dict[str, str]) -> str:
    """The route's path; a parameter without a value raises KeyError."""
    return re.sub(r"\{(\w+)\}", lambda found: quote(values[found.group(1)], safe=""), route.path)


def _all() -> list[Known]:
    handlers = [(function.name, import_module(f"functions.{function.name}.handler")) for function in FUNCTIONS]
    return [
        Known(name, route.method, route.path, route.scope)
        for name, module in handlers
        if isinstance(getattr(module, "api", None), Api)
        for route in module.api.routes
    ]


ROUTES = _all()

"""Lambda's execution environments, several at once and without threads."""

import json
import sys
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from pkgutil import iter_modules
from types import SimpleNamespace
from typing import Any

import pytest

from functions import wiring
from local.events import LambdaContext
from local.resources import Clients
from tests.logs import printed_by
from tests.permissions import acting_as
from tests.world import BY_NAME

_ALL = {module.name for module in iter_modules(wiring.__path__)}
_IN_ORDER = (
    "aws",
    "identity",
    "entities",
    "people",
    "terms",
    "ledgers",
    "queues",
    "counting",
    "remembering",
    "rating",
    "signalling",
    "billing",
    "auditing",
    "settling",
    "selling",
    "webhooks",
)
"""What the others import comes first."""

for _name in _ALL:
    import_module(f"functions.wiring.{_name}")  # so that each is an attribute that can be replaced


class Environment:
    """One execution environment: modules of its own, so that no cache in it knows what another one did.

    A crash ends it; what is delivered again meets a new one. An error does not, and its caches go on.
    """

    def __init__(self, clients: Clients) -> None:
        self._modules = _fresh_wiring(clients)
        made = {name: value for module in self._modules.values() for name, value in vars(module).items()}
        self.wiring: Any = SimpleNamespace(**made)
        self._handlers: dict[str, Any] = {}

    def invoke(self, function: str, event: object, context: object = None) -> Any:
        """As Lambda does it: JSON in, JSON out."""
        context = context or LambdaContext(BY_NAME[function])
        if function not in self._handlers:
            self._handlers[function] = self._imported(function)
        handler = self._handlers[function].handler
        with acting_as(function), printed_by(function):
            return json.loads(json.dumps(handler(json.loads(json.dumps(event)), context)))

    def _imported(self, function: str) -> Any:
        """The handler's module as it is when this environment's wiring is the only one there is."""
        beside = _wired_beside(function)  # imported before, for everybody else, with the wiring of everybody else
        with pytest.MonkeyPatch.context() as importing:
            for name, module in self._modules.items():
                importing.setattr(wiring, name, module)
            for name, module in beside:
                importing.delitem(sys.modules, module.__name__)
                importing.delattr(import_module(f"functions.{function}"), name)
            return _fresh(f"functions.{function}.handler")


def _wired_beside(function: str) -> list[tuple[str, Any]]:
    """The modules of the function besides its handler that use the wiring, and so are imported once more with it."""
    package = import_module(f"functions.{function}")
    names = [module.name for module in iter_modules(package.__path__) if module.name != "handler"]
    modules = [(name, import_module(f"{package.__name__}.{name}")) for name in names]
    return [(name, module) for name, module in modules if _uses_wiring(module)]


def _uses_wiring(module: Any) -> bool:
    return any(getattr(value, "__package__", None) == wiring.__name__ for value in vars(module).values())


def _fresh_wiring(clients: Clients) -> dict[str, Any]:
    """Every module of the composition root once more, knowing each other and none of the first ones."""
    modules: dict[str, Any] = {}
    with pytest.MonkeyPatch.context() as importing:
        for name in (*_IN_ORDER, *sorted(_ALL - set(_IN_ORDER))):
            modules[name] = _fresh(f"functions.wiring.{name}")
            importing.setattr(wiring, name, modules[name])
            if name == "aws":
                modules[name].dynamodb = lambda: clients.dynamodb
                modules[name].sqs = lambda: clients.sqs
                modules[name].s3 = lambda: clients.s3
    return modules


def _fresh(name: str) -> Any:
    """The module once more, beside the one that everybody else imports."""
    spec = find_spec(name)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    with pytest.MonkeyPatch.context() as importing:
        importing.setitem(sys.modules, name, module)
        spec.loader.exec_module(module)
    return module


class Impatient:
    """A turn of Lambda whose time is up after so many looks at the clock."""

    def __init__(self, looks: int) -> None:
        self.looks = looks

    def get_remaining_time_in_millis(self) -> int:
        self.looks -= 1
        return 0 if self.looks < 0 else 60_000

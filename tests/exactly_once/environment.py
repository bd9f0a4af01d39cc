"""Lambda's execution environments, several at once and without threads."""

import json
import sys
from importlib.util import find_spec, module_from_spec
from typing import Any

import pytest

import functions
from local.events import LambdaContext
from local.resources import Clients
from tests.world import BY_NAME


class Environment:
    """One execution environment: modules of its own, so that no cache in it knows what another one did.

    A crash ends it; what is delivered again meets a new one. An error does not, and its caches go on.
    """

    def __init__(self, clients: Clients) -> None:
        self.wiring: Any = _fresh("functions.wiring")
        self.wiring._dynamodb = lambda: clients.dynamodb
        self.wiring._sqs = lambda: clients.sqs
        self.wiring._s3 = lambda: clients.s3
        self._handlers: dict[str, Any] = {}

    def invoke(self, function: str, event: object) -> Any:
        """As Lambda does it: JSON in, JSON out."""
        if function not in self._handlers:
            self._handlers[function] = self._imported(function)
        handler = self._handlers[function].handler
        return json.loads(json.dumps(handler(json.loads(json.dumps(event)), LambdaContext(BY_NAME[function]))))

    def _imported(self, function: str) -> Any:
        """The handler's module as it is when this environment's wiring is the only one there is."""
        with pytest.MonkeyPatch.context() as importing:
            importing.setattr(functions, "wiring", self.wiring)
            return _fresh(f"functions.{function}.handler")


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

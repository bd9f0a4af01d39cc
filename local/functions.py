"""The handlers of functions/, called as Lambda calls them."""

import importlib
import json
import logging
from collections.abc import Callable, Iterable
from threading import Lock
from typing import TypeAlias

from infra.resources import FUNCTIONS, Function
from local.events import LambdaContext
from local.messages import Json

Handler: TypeAlias = Callable[[Json, LambdaContext], object]

logger = logging.getLogger(__name__)


class FunctionFailedError(Exception):
    """What Lambda reports of an error that a handler raised: its type and message."""

    def __init__(self, error_type: str, message: str) -> None:
        super().__init__(f"{error_type}: {message}")
        self.error_type = error_type
        self.message = message


def imported_handler(function: Function) -> Handler:
    module, _, name = function.handler.rpartition(".")
    handler: Handler = getattr(importlib.import_module(module), name)
    return handler


class Functions:
    """Imports a handler at its first call, and calls one at a time, as one execution environment does."""

    def __init__(
        self,
        functions: Iterable[Function] = FUNCTIONS,
        load: Callable[[Function], Handler] = imported_handler,
    ) -> None:
        self._functions = {function.name: function for function in functions}
        self._load = load
        self._handlers: dict[str, Handler] = {}
        self._locks = {name: Lock() for name in self._functions}

    def __contains__(self, name: str) -> bool:
        return name in self._functions

    def invoke(self, name: str, event: Json) -> object:
        """Raises FunctionFailedError for whatever the handler raises, after logging it whole."""
        function = self._functions[name]
        # Through JSON both ways: a value that only lives in Python would work here and fail in Lambda.
        payload: Json = json.loads(json.dumps(event))
        with self._locks[name]:
            try:
                result = self._handler(function)(payload, LambdaContext(function))
                returned: object = json.loads(json.dumps(result))
            except Exception as error:
                logger.exception("%s failed", name)
                raise FunctionFailedError(type(error).__name__, str(error)) from error
        return returned

    def _handler(self, function: Function) -> Handler:
        if function.name not in self._handlers:
            self._handlers[function.name] = self._load(function)
        return self._handlers[function.name]

"""Functions that stand in for the real handlers, so that the runner is tested by itself."""

from collections.abc import Callable, Mapping

from infra.resources import Function
from local.events import LambdaContext
from local.functions import Functions, Handler
from local.messages import Json

Answer = Callable[[Json], object]


def functions_answering(answers: Mapping[str, Answer]) -> Functions:
    """The real table of functions, of which those in `answers` can be called."""

    def load(function: Function) -> Handler:
        answer = answers[function.name]
        return lambda event, _context: answer(event)

    return Functions(load=load)


def functions_with_handler(handler: Callable[[Json, LambdaContext], object]) -> Functions:
    return Functions(load=lambda _: handler)


def raising(error: Exception) -> Answer:
    def answer(_: Json) -> object:
        raise error

    return answer

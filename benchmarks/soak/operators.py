"""Somebody at the desk: activates orders, sets ends, lets names move, all over HTTP and until it is done."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from benchmarks.soak.oracle import SoldOrder
from benchmarks.soak.setting import Setting
from benchmarks.soak.strands import Ended, Work
from tests.world import Answer

if TYPE_CHECKING:
    from tests.exactly_once.environment import Environment

PAUSE = 60
"""Steps between two errands."""


@dataclass(frozen=True, slots=True)
class Errand:
    """One request, sent until it is answered with less than a 500; `then` gets that answer."""

    method: str
    path: str
    body: dict[str, Any] | None = None
    then: Callable[[Answer], None] = lambda _: None


class Operator:
    """Does one errand after the other; those that follow from one come first."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._environment: Environment | None = None
        self._errands: deque[Errand] = deque()
        self._waits_until = 0
        self._moves = 0

    @property
    def has_more(self) -> bool:
        return bool(self._errands)

    def next_work(self) -> Work | None:
        setting = self._setting
        if not self._errands:
            if setting.is_calm or setting.step < self._waits_until:
                return None
            self._think_of_something()
        errand = self._errands[0]
        environment = self._environment = self._environment or setting.environment()
        return lambda: setting.call(environment, errand.method, errand.path, errand.body)

    def ended(self, how: Ended) -> None:
        setting = self._setting
        if how.is_crash:
            self._environment = None
            setting.tally.add("crashes")
        elif not isinstance(how.result, Answer):
            setting.witness.differs(f"{self._errands[0]} raised {how.raised!r}")
        elif how.result.status < HTTPStatus.INTERNAL_SERVER_ERROR:
            self._errands.popleft().then(how.result)
            self._waits_until = setting.step + PAUSE

    def _think_of_something(self) -> None:
        setting, dice = self._setting, self._setting.dice
        drafts = [order for order in setting.oracle.orders if order.activated is None]
        active = [order for order in setting.oracle.orders if order.activated is not None]
        errands: list[Callable[[], None]] = []
        if drafts:
            errands += [lambda: self._activate(dice.choice(drafts))] * 2
        if active:
            errands.append(lambda: self._set_end(dice.choice(active)))
        if setting.moving and active:  # something counts before anything else is done
            errands += [lambda: self._move(dice.choice(setting.moving))] * 2
        dice.choice(errands)()

    def _activate(self, order: SoldOrder) -> None:
        """Whatever was logged before counts from then on, where it was nobody's."""

        def then(answer: Answer) -> None:
            if answer.status != HTTPStatus.OK:
                self._setting.witness.differs(f"order {order.id} was not activated: {answer}")
            order.activated = self._setting.step
            self._setting.tally.add("orders activated")

        self._errands.append(Errand("POST", f"/orders/{order.id}/activate", then=then))

    def _set_end(self, order: SoldOrder) -> None:
        """It may be refused, because another order counts the same from then on."""
        end = date(2025, 5, 15) + timedelta(days=self._setting.dice.randrange(40))

        def then(answer: Answer) -> None:
            if answer.status == HTTPStatus.OK:
                order.end = end
                self._setting.tally.add("ends set")

        self._errands.append(Errand("PUT", f"/orders/{order.id}", {"endDate": f"{end}T00:00:00Z"}, then))

    def _move(self, name: str) -> None:
        """To another, or to nobody, so that the next signal makes a customer of it."""

        def let_go(answer: Answer) -> None:
            if answer.status == HTTPStatus.OK:
                self._let_go(name, answer.body["id"])
            if self._setting.happens(0.5):
                self._errands.append(Errand("POST", "/customers/", {"name": "Taken over", "externalId": name}))

        self._errands.append(Errand("GET", f"/customers/external/{name}", then=let_go))

    def _let_go(self, name: str, customer_id: str) -> None:
        path = f"/customers/{customer_id}"
        self._moves += 1
        self._setting.tally.add("names moved")
        if self._setting.happens(0.3):
            self._errands.append(Errand("DELETE", path))
        else:
            self._errands.append(Errand("PUT", path, {"externalId": f"{name} until move {self._moves}"}))

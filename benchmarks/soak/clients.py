"""Those who send signals, and send again what was answered with an error, or not at all."""

from collections import deque
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from benchmarks.soak.bulks import Author, Bulk
from benchmarks.soak.oracle import Said, key_hash
from benchmarks.soak.setting import Setting
from benchmarks.soak.strands import Ended, Work
from tests.world import Answer

if TYPE_CHECKING:
    from tests.exactly_once.environment import Environment

GIVES_UP = 0.05
"""The part of the failed requests that nobody sends again."""

SAME_AGAIN = 0.06
"""The part of the requests that repeat a whole one of lately."""

_LATELY = 40
_FULL_QUEUE = 60
"""Messages with which the workers have enough to do."""


class Client:
    """Sends one request after the other through a front door of its own, and holds each answer against the oracle."""

    def __init__(self, setting: Setting, author: Author) -> None:
        self._setting = setting
        self._author = author
        self._environment: Environment | None = None
        self._sending: Bulk = ()
        self._surely_known = 0
        self._again: Bulk | None = None
        self._lately: deque[Bulk] = deque(maxlen=_LATELY)

    @property
    def has_more(self) -> bool:
        return self._again is not None

    def next_work(self) -> Work | None:
        setting = self._setting
        bulk = self._next_bulk()
        if bulk is None:
            return None
        setting.tally.add("requests")
        self._sending = bulk
        self._surely_known = len(bulk) - bulk.count(None) - len(self._maybe_new(bulk))
        setting.oracle.begins(bulk)
        environment = self._environment = self._environment or setting.environment()
        body = self._author.body(bulk)
        return lambda: setting.call(environment, "POST", "/signals/bulk", body)

    def ended(self, how: Ended) -> None:
        setting = self._setting
        if isinstance(how.result, Answer) and how.result.status == HTTPStatus.OK:
            self._check(how.result.body)
            setting.oracle.promised(said for said in self._sending if said is not None)
            self._lately.append(self._sending)
            return
        if how.is_crash:
            self._environment = None
            setting.tally.add("crashes")
        elif not isinstance(how.result, Answer) or how.result.status < HTTPStatus.INTERNAL_SERVER_ERROR:
            setting.witness.differs(f"a bulk of signals was answered {how}")
        if setting.is_calm or not setting.happens(GIVES_UP):
            self._again = self._sending

    def _next_bulk(self) -> Bulk | None:
        setting = self._setting
        if self._again is not None:
            bulk, self._again = self._again, None
            setting.tally.add("requests sent again")
            return bulk
        if setting.is_calm or len(setting.queue) > _FULL_QUEUE:
            return None
        if self._lately and setting.happens(SAME_AGAIN):
            return setting.dice.choice(self._lately)
        return self._author.bulk()

    def _maybe_new(self, bulk: Bulk) -> list[Said]:
        """Those whose keys are not in the log now, nor earlier in the bulk by the same name: no others are taken."""
        setting = self._setting
        new: list[Said] = []
        seen: set[tuple[str, str, str]] = set()
        for said in bulk:
            if said is None:
                continue
            customer_id = setting.customers.get(said.group)
            if said.key is not None and customer_id is not None:
                called = (said.group, str(said.customer), said.key)
                if key_hash(said.key) in setting.witness.keys[customer_id] or called in seen:
                    continue
                seen.add(called)
            new.append(said)
        return new

    def _check(self, answer: dict[str, Any]) -> None:
        setting, bulk = self._setting, self._sending
        setting.tally.add("told to be duplicates", answer["duplicates"])
        most = setting.oracle.maybe_known(bulk)
        if answer["ingested"] + answer["duplicates"] + answer["failed"] != len(bulk):
            setting.witness.differs(f"{len(bulk)} signals were answered {answer}")
        if [failure["index"] for failure in answer["failures"]] != [i for i, said in enumerate(bulk) if said is None]:
            setting.witness.differs(f"of {len(bulk)} signals others failed than cannot be read: {answer}")
        if not self._surely_known <= answer["duplicates"] <= most:
            setting.witness.differs(
                f"{answer['duplicates']} duplicates were told, expected at least {self._surely_known}, at most {most}"
            )

"""The listing of signals, read through the API: all of it, in windows, by filter and one by one."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from benchmarks.soak.setting import Setting

Listed = dict[str, Any]
"""A signal as the API lists it."""

PAGE = 1000
_WINDOWS, _SINGLE = 5, 20


class Listing:
    """Reads through one front door."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._environment = setting.environment()

    def everything(self) -> list[Listed]:
        listed: list[Listed] = []
        while True:
            page = self._page(limit=PAGE, offset=len(listed))
            listed += page["data"]
            if not page["pagination"]["hasMore"]:
                return listed

    def differences(self, everything: Sequence[Listed]) -> Iterator[str]:
        """Where another way to ask gives another answer."""
        if any(later["createdAt"] > earlier["createdAt"] for earlier, later in pairwise(everything)):
            yield "signals are not listed newest first"
        if len({listed["id"] for listed in everything}) < len(everything):
            yield "a signal is listed twice"
        yield from self._of_filters(everything)
        yield from self._of_windows(everything)
        for listed in self._setting.dice.sample(everything, min(len(everything), _SINGLE)):
            answer = self._setting.call(self._environment, "GET", f"/signals/{listed['id']}")
            if answer.body != listed:
                yield f"{listed} is {answer.body} when it is asked for alone"

    def _of_filters(self, everything: Sequence[Listed]) -> Iterator[str]:
        for name, field in (("signalName", "name"), ("customerId", "customerId"), ("productId", "productId")):
            for value in sorted({listed[field] for listed in everything if listed[field] is not None}):
                expected = [listed for listed in everything if listed[field] == value]
                page = self._page(limit=3, offset=len(expected) // 2, **{name: value})
                if page["pagination"]["total"] != len(expected):
                    yield f"{page['pagination']['total']} signals have {name} {value}, expected {len(expected)}"

    def _of_windows(self, everything: Sequence[Listed]) -> Iterator[str]:
        for _ in range(_WINDOWS):
            offset, limit = self._setting.dice.randrange(len(everything) + 1), self._setting.dice.randint(1, 100)
            page = self._page(limit=limit, offset=offset)
            if page["data"] != everything[offset : offset + limit]:
                yield f"{limit} signals from {offset} on are others than in the whole listing"
            if page["pagination"]["total"] != len(everything):
                yield f"the listing has {page['pagination']['total']} signals in all, expected {len(everything)}"

    def _page(self, **query: object) -> dict[str, Any]:
        asked = "&".join(f"{name}={value}" for name, value in query.items())
        body: dict[str, Any] = self._setting.call(self._environment, "GET", "/signals/", query=asked).body
        return body

"""Which function answers a path: the choice that API Gateway makes from the rows of infra/resources.py."""

from collections.abc import Sequence
from dataclasses import dataclass

from infra.resources import DEFAULT_FUNCTION, ROUTES, Route

DEFAULT_ROUTE_KEY = "$default"


@dataclass(frozen=True, slots=True)
class Match:
    function: str
    route_key: str
    path_parameters: dict[str, str]


def match(method: str, path: str, routes: Sequence[Route] = ROUTES) -> Match:
    """The longest row that fits wins, a whole path before a subtree; `path` is percent-decoded."""
    segments = path.strip("/").split("/")
    for route in sorted(routes, key=_specificity, reverse=True):
        found = _fit(route, method, segments)
        if found is not None:
            return found
    return Match(DEFAULT_FUNCTION, DEFAULT_ROUTE_KEY, {})


def _specificity(route: Route) -> tuple[int, bool]:
    return len(_pattern(route)), not route.subtree


def _fit(route: Route, method: str, segments: Sequence[str]) -> Match | None:
    if route.method not in ("ANY", method):
        return None
    pattern = _pattern(route)
    rest = segments[len(pattern) :]
    if len(segments) < len(pattern) or (rest and not route.subtree):
        return None
    parameters: dict[str, str] = {}
    for expected, segment in zip(pattern, segments, strict=False):
        if expected.startswith("{"):
            parameters[expected.strip("{}")] = segment
        elif expected != segment:
            return None
    key = f"{route.method} {route.path}"
    if rest:
        key, parameters["proxy"] = f"{key}/{{proxy+}}", "/".join(rest)
    return Match(route.function, key, parameters)


def _pattern(route: Route) -> list[str]:
    return route.path.strip("/").split("/")

"""A span as OpenTelemetry reports it: a piece of work in a trace, and what is said of it."""

from collections.abc import Mapping
from typing import NamedTuple

from pydantic import JsonValue

Attributes = Mapping[str, JsonValue]

SpanKey = tuple[str, str]
"""The ids of a trace and of a span in it."""


class Span(NamedTuple):
    """Ids are lower-case hexadecimal, `parent_id` is empty for the first of a trace; moments are ns since 1970.

    `scope` names the library that made it. Of the attributes only those are there that `attributes.is_read` names.
    """

    trace_id: str
    span_id: str
    parent_id: str
    name: str
    scope: str
    started_nano: int
    ended_nano: int
    attributes: Attributes

    @property
    def key(self) -> SpanKey:
        return self.trace_id, self.span_id

    @property
    def around(self) -> SpanKey:
        """The key of the span that this one is within."""
        return self.trace_id, self.parent_id

"""What all stored things have in common."""

from typing import Annotated, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue

Metadata = dict[str, JsonValue]
T = TypeVar("T")

Name = Annotated[str, Field(min_length=1, max_length=255)]
"""A name for people. Never empty."""

ExternalId = Annotated[str, Field(min_length=1, max_length=255)]
"""The caller's own id for a thing: unique per resource and organization (design: API conventions)."""

CurrencyCode = Annotated[str, Field(pattern="^[A-Z]{3}$")]


class Value(BaseModel):
    """A part of an entity: frozen, and closed to fields nobody declared."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,  # errors are logged, data is not
        defer_build=True,  # a cold start builds what its call uses, and nothing else
    )


def unwritten(default: T) -> T:
    """The default of a field that came after the first items of its kind: written only where it says something else.

    So the version before, which refuses fields that it does not know, reads all that make no use of the new one.
    """
    return Field(default=default, exclude_if=lambda value: value == default)


class Entity(Value):
    """A thing of one organization; `external_id` is None for kinds that have none."""

    id: str
    external_id: ExternalId | None = None
    created_at: AwareDatetime
    updated_at: AwareDatetime

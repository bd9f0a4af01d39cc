"""Shapes as they stand on the wire: camelCase names, moments in UTC, money in minor units."""

from abc import abstractmethod
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Generic, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    SerializerFunctionWrapHandler,
    StringConstraints,
    ValidationError,
    WithJsonSchema,
    model_serializer,
    model_validator,
)
from pydantic.alias_generators import to_camel

from functions.billing.models.entity import Value
from functions.billing.periods import midnight
from functions.runtime.sentences import rule_of

T = TypeVar("T")
Json = dict[str, Any]

DEFAULT_LIMIT = 100
MAX_LIMIT = 1000

MAX_PAGE_CHARACTERS = 2_000_000
"""Lambda answers with 6 MB at most, in which every character may take several bytes."""

_FIRST_YEAR, _LAST_YEAR = 1970, 2199


class Wire(BaseModel):
    """A shape of the contract. Fields that nobody declared are ignored: newer clients send more than we know."""

    model_config = ConfigDict(
        frozen=True, alias_generator=to_camel, validate_by_name=True, validate_by_alias=True, defer_build=True
    )


class Creation(Wire):
    """The body of a create: null means not given, because clients send the fields that their caller left empty."""

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, body: object) -> object:
        return {k: v for k, v in body.items() if v is not None} if isinstance(body, dict) else body


class Part(Wire):
    """A nested shape that stands for a value of the core."""

    @abstractmethod
    def entity(self) -> Value: ...

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        """The core's rules are asked while the path is known, so that the sentence can name it."""
        try:
            self.entity()
        except ValidationError as error:
            raise ValueError(rule_of(error)) from None
        return self


class Sparse(Wire):
    """An answer that leaves out what is not set; elsewhere the contract wants null."""

    @model_serializer(mode="wrap")
    def _without_nulls(self, serialize: SerializerFunctionWrapHandler) -> Json:
        return {name: value for name, value in serialize(self).items() if value is not None}


def changes(body: Wire) -> Json:
    """The fields that the caller gave, by the core's names and as the core's values. Absent fields stay as they are."""
    given = {name: getattr(body, name) for name in body.model_fields_set}
    return {name: value.entity() if isinstance(value, Part) else value for name, value in given.items()}


def _empty_for_null(value: object) -> object:
    return "" if value is None else value


OptionalText = Annotated[str, StringConstraints(max_length=255)] | None

Text = Annotated[
    str,
    StringConstraints(max_length=255),
    BeforeValidator(_empty_for_null, json_schema_input_type=OptionalText),
]
"""A text that the contract requires in answers: empty while unset, and cleared by null."""

LongText = Annotated[str, StringConstraints(max_length=5000)] | None


def _moment(value: object) -> datetime:
    """Pydantic would also take a number for a Unix time; the contract knows only ISO 8601, which may write `z`."""
    try:
        moment = datetime.fromisoformat(value.upper()) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ValueError("expected an ISO 8601 date-time with a zone, such as 2025-06-01T00:00:00Z")
    return moment


def _within_calendar(moment: datetime) -> datetime:
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise ValueError(f"expected a year between {_FIRST_YEAR} and {_LAST_YEAR}")
    return moment.astimezone(UTC)


def _shown(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


Moment = Annotated[datetime, BeforeValidator(_moment), AfterValidator(_within_calendar)]
"""A date-time in a request. One without a zone is refused: it would mean another instant elsewhere."""

MomentOut = Annotated[
    datetime, PlainSerializer(_shown), WithJsonSchema({"type": "string", "format": "date-time"}, mode="serialization")
]
"""A date-time in an answer: UTC, milliseconds, `Z`."""


def _number(value: Decimal) -> int | float:
    """What JSON has for it, digit by digit as it was given.

    A double gives back every decimal of up to 15 significant digits; rates and factors have 10 at most: they are at
    most 1000, in steps of 0.000001.
    """
    return int(value) if value == value.to_integral_value() else float(value)


NumberOut = Annotated[Decimal, PlainSerializer(_number)]
"""A number in an answer that is no amount: amounts are integers."""


def day_out(day: date) -> datetime:
    """A day of the billing calendar as the moment at which it begins."""
    return midnight(day)


class Paging(Wire):
    """The page that a listing asks for."""

    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT
    offset: Annotated[int, Field(ge=0, le=10**9)] = 0

    @property
    def is_open(self) -> bool:
        """Whether no filter is given beside the page: such a listing is counted without being read."""
        return self.model_fields_set <= Paging.model_fields.keys()


class Pagination(Wire):
    limit: int
    offset: int
    total: int
    has_more: bool


class Listing(Wire, Generic[T]):
    """A page of a collection."""

    data: list[T]
    pagination: Pagination


def listing(data: list[T], total: int, paging: Paging) -> Listing[T]:
    """The page as the contract shows it; `total` is exact.

    One too large for Lambda ends early and says so by its `limit`, so that who goes on from `offset + limit` misses
    nothing.
    """
    shown = fitting(data)
    data, is_cut = shown, len(shown) < len(data)
    return Listing(
        data=data,
        pagination=Pagination(
            limit=len(data) if is_cut else paging.limit,
            offset=paging.offset,
            total=total,
            has_more=paging.offset + len(data) < total,
        ),
    )


def fitting(data: list[T]) -> list[T]:
    """As many of the items, from the first on, as an answer may carry; at least one."""
    size = 0
    for count, item in enumerate(data):
        size += len(item.model_dump_json()) if isinstance(item, BaseModel) else 0
        if size > MAX_PAGE_CHARACTERS and count > 0:
            return data[:count]
    return data


def _edge(text: str, *, day_ends: timedelta) -> datetime:
    """Python also reads the days of weeks, `2025-W23-1`, which are no dates of the contract."""
    text = text.upper()  # a zone may be written as z
    names_week = "W" in text
    try:
        if len(text) == len("2025-06-01") and not names_week:
            return _within_calendar(midnight(date.fromisoformat(text)) + day_ends)
        moment = None if names_week else datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None:
        raise ValueError("expected an ISO 8601 date or date-time such as 2025-06-01")
    return _within_calendar(moment.replace(tzinfo=moment.tzinfo or UTC))


def _from(value: object) -> object:
    return _edge(value, day_ends=timedelta()) if isinstance(value, str) else value


def _to(value: object) -> object:
    """Moments are shown in milliseconds: one that is asked for takes in all of its millisecond."""
    if not isinstance(value, str):
        return value
    moment = _edge(value, day_ends=timedelta(days=1, microseconds=-1))
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000 + 999)


_EDGE = WithJsonSchema({"type": "string", "description": "An ISO 8601 date or date-time.", "examples": ["2025-06-01"]})

FromMoment = Annotated[datetime, BeforeValidator(_from), _EDGE]
"""The first moment of a filter, inclusive; a bare date means its midnight in UTC."""

ToMoment = Annotated[datetime, BeforeValidator(_to), _EDGE]
"""The last moment of a filter, inclusive; a bare date means the whole day in UTC."""

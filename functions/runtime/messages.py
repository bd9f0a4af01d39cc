"""The bodies of our own queue messages, parsed again on arrival: code changes, messages in flight do not."""

from datetime import date
from typing import Annotated, Literal

from pydantic import AliasChoices, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field


def _all(value: object) -> object:
    return (value,) if isinstance(value, str) else value


class Message(BaseModel):
    """`schema` is the version of the shape; code understands every version that may still be in a queue."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)  # errors are logged, messages are not

    organization: str


class BillOrdersMessage(Message):
    """Bill these orders up to the day. Version 1 had one of them."""

    schema_version: Literal[1, 2] = Field(alias="schema")
    orders: Annotated[tuple[str, ...], Field(validation_alias=AliasChoices("orders", "order")), BeforeValidator(_all)]
    as_of: date


class DocumentMessage(Message):
    """Set the documents of this invoice."""

    schema_version: Literal[1] = Field(alias="schema")
    invoice: str


class WatchCreditsMessage(Message):
    """See whether a customer's credits are used up, of which signals took some `at` that moment of its organization."""

    schema_version: Literal[1] = Field(alias="schema")
    customer: str
    at: AwareDatetime


class WebhookMessage(Message):
    """Deliver this event, with this very body."""

    schema_version: Literal[1] = Field(alias="schema")
    id: str
    event: str
    body: str

"""Letterheads, as an administrator asks for them and sees them."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from functions.admin.operation import Operation
from functions.billing.models.customer import Address
from functions.billing.models.organization import Letterhead
from functions.runtime.wire import Wire


def _one_line(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise ValueError("expected one line of text")
    return text


Line = Annotated[str, Field(max_length=255), AfterValidator(_one_line)]


class LetterheadOperation(Operation):
    organization: str


class ShowLetterhead(LetterheadOperation):
    operation: Literal["show_letterhead"]


class SetLetterhead(LetterheadOperation):
    """Replaces whatever was set before."""

    operation: Literal["set_letterhead"]
    legal_name: Line | None = None
    line1: Line | None = None
    line2: Line | None = None
    city: Line | None = None
    state: Line | None = None
    zip_code: Line | None = None
    country: Line | None = None
    email: Line | None = None
    pay_to: Annotated[tuple[Line, ...], Field(max_length=8)] = ()

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.letterhead() == Letterhead():
            raise ValueError("nothing is given, expected at least one of the fields; clear_letterhead takes all away")
        return self

    def letterhead(self) -> Letterhead:
        """What is to be stored."""
        address = Address(
            line1=self.line1,
            line2=self.line2,
            city=self.city,
            state=self.state,
            zip_code=self.zip_code,
            country=self.country,
        )
        return Letterhead(
            legal_name=self.legal_name,
            address=None if address == Address() else address,
            email=self.email,
            pay_to=self.pay_to,
        )


class ClearLetterhead(LetterheadOperation):
    operation: Literal["clear_letterhead"]


AnyLetterhead = ShowLetterhead | SetLetterhead | ClearLetterhead


class AddressOut(Wire):
    line1: str | None
    line2: str | None
    city: str | None
    state: str | None
    zip_code: str | None
    country: str | None


class LetterheadOut(Wire):
    """Every field is null, and `payTo` empty, where nothing was set."""

    legal_name: str | None
    address: AddressOut | None
    email: str | None
    pay_to: tuple[str, ...]


def letterhead_out(letterhead: Letterhead) -> LetterheadOut:
    address = letterhead.address
    return LetterheadOut(
        legal_name=letterhead.legal_name,
        address=None if address is None else AddressOut(**address.model_dump()),
        email=letterhead.email,
        pay_to=letterhead.pay_to,
    )

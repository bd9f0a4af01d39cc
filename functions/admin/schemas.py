"""What an administrator may ask for, by its `operation`."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from functions.billing.models.entity import Name
from functions.billing.models.organization import ApiKey, Organization, Scope
from functions.runtime.wire import MomentOut, Wire

ALL_SCOPES = (Scope.READ, Scope.WRITE, Scope.SIGNALS)


class Operation(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CreateOrganization(Operation):
    operation: Literal["create_organization"]
    name: Name
    test: bool = False
    clock: date | None = None

    @model_validator(mode="after")
    def _only_tests_have_clocks(self) -> Self:
        if self.clock is not None and not self.test:
            raise ValueError("clock is given, but only a test organization has one: expected test to be true")
        return self


class CreateKey(Operation):
    operation: Literal["create_key"]
    organization: str
    name: Name
    scopes: Annotated[tuple[Scope, ...], Field(min_length=1)] = ALL_SCOPES
    expires_at: AwareDatetime | None = None


class ListKeys(Operation):
    operation: Literal["list_keys"]
    organization: str


class RevokeKey(Operation):
    operation: Literal["revoke_key"]
    organization: str
    key: str


class SetClock(Operation):
    operation: Literal["set_clock"]
    organization: str
    date: date


AnyOperation = Annotated[
    CreateOrganization | CreateKey | ListKeys | RevokeKey | SetClock, Field(discriminator="operation")
]


class OrganizationOut(Wire):
    id: str
    name: str
    test: bool
    clock: date | None


class KeyOut(Wire):
    """A key; `secret` is shown when it is made, and never again."""

    id: str
    name: str
    scopes: tuple[Scope, ...]
    created_at: MomentOut
    expires_at: MomentOut | None
    revoked_at: MomentOut | None


class NewKeyOut(KeyOut):
    secret: str


def organization_out(organization: Organization) -> OrganizationOut:
    return OrganizationOut(id=organization.id, name=organization.name, test=organization.test, clock=organization.clock)


def key_out(key: ApiKey) -> KeyOut:
    return KeyOut(
        id=key.id,
        name=key.name,
        scopes=key.scopes,
        created_at=key.created_at,
        expires_at=key.expires_at,
        revoked_at=key.revoked_at,
    )

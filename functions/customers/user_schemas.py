"""Customers' users on the wire (contract: CustomerUser)."""

from collections.abc import Mapping
from typing import Self

from pydantic.alias_generators import to_camel

from functions.billing.models.customer import UserStatus
from functions.billing.models.entity import ExternalId, Metadata
from functions.billing.usecases.upsert_user import Upserted
from functions.runtime.fields import Email, LimitedMetadata
from functions.runtime.wire import MomentOut, OptionalText, Wire


class UserPath(Wire):
    """The two external ids of the path; a new user is stored under its own."""

    customer_external_id: ExternalId
    user_external_id: ExternalId

    @classmethod
    def of(cls, parameters: Mapping[str, str]) -> Self:
        """Raises ValidationError, whose sentence names them as the contract does."""
        return cls.model_validate({to_camel(name): value for name, value in parameters.items()})


class UpsertUser(Wire):
    """Absent fields stay as they are; null clears those that may be empty."""

    name: OptionalText = None
    email: Email | None = None
    metadata: LimitedMetadata | None = None
    status: UserStatus = UserStatus.ACTIVE


class UserOut(Wire):
    id: str
    external_id: str
    customer_external_id: str
    name: str | None
    email: str | None
    metadata: Metadata | None
    status: UserStatus
    created: bool
    created_at: MomentOut
    updated_at: MomentOut


def user_out(upserted: Upserted, path: UserPath) -> UserOut:
    """The customer is named as the caller named it, be it by an alias."""
    user = upserted.user
    return UserOut(
        id=user.id,
        external_id=user.external_id,
        customer_external_id=path.customer_external_id,
        name=user.name,
        email=user.email,
        metadata=user.metadata,
        status=user.status,
        created=upserted.created,
        created_at=user.created_at,
        updated_at=user.updated_at,
    )

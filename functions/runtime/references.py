"""How records that an agent sends name their customer and their product: by our id or by the sender's own."""

import re
from typing import Annotated, Self

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from functions.billing.models.entity import ExternalId
from functions.runtime.wire import Wire


def _own_customer_id(customer_id: str) -> str:
    if not re.fullmatch(r"cus_[0-9A-Za-z]{1,40}", customer_id):
        raise ValueError("expected an id such as cus_0VbI...; an id of your own goes into externalCustomerId")
    return customer_id


def _own_product_id(product_id: str) -> str:
    if not re.fullmatch(r"prod_[0-9A-Za-z]{1,40}", product_id):
        raise ValueError("expected an id such as prod_0VbI...; an id of your own goes into externalProductId")
    return product_id


OwnCustomerId = Annotated[
    str, AfterValidator(_own_customer_id), Field(json_schema_extra={"pattern": "^cus_[0-9A-Za-z]{1,40}$"})
]
OwnProductId = Annotated[
    str, AfterValidator(_own_product_id), Field(json_schema_extra={"pattern": "^prod_[0-9A-Za-z]{1,40}$"})
]


def _one_of(*names: str) -> ConfigDict:
    return ConfigDict(json_schema_extra={"oneOf": [{"required": [name]} for name in names]})


def _check_one(own: str | None, external: str | None, names: str) -> None:
    if (own is None) == (external is None):
        given = "neither is" if own is None else "both are"
        raise ValueError(f"{given} given, expected exactly one of {names}")


class CustomerReference(Wire):
    model_config = _one_of("customerId", "externalCustomerId")

    customer_id: OwnCustomerId | None = None
    external_customer_id: ExternalId | None = None

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        _check_one(self.customer_id, self.external_customer_id, "customerId and externalCustomerId")
        return self


class ProductReference(Wire):
    model_config = _one_of("productId", "externalProductId")

    product_id: OwnProductId | None = None
    external_product_id: ExternalId | None = None

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        _check_one(self.product_id, self.external_product_id, "productId and externalProductId")
        return self

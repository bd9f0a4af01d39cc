"""API keys, from the administrator's side and from that of whoever calls with them."""

from datetime import datetime, timedelta
from typing import Any

from functions.wiring import identity
from tests.world import Tenant, invoke

DAY = timedelta(days=1)


def ask(acme: Tenant, operation: str, **fields: object) -> Any:
    return invoke("admin", {"operation": operation, "organization": acme.organization_id, **fields})


def made(acme: Tenant, **fields: object) -> Any:
    return ask(acme, "create_key", name="server", **fields)["key"]


def listed(acme: Tenant) -> dict[str, Any]:
    return {key["id"]: key for key in ask(acme, "list_keys")["keys"]}


def opens(acme: Tenant, key: Any) -> bool:
    return Tenant(acme.organization_id, key["secret"]).call("GET", "/customers/").status == 200


def forget_keys() -> None:
    """As a cold start does: what is revoked is refused at once, and not after the time that keys are remembered."""
    identity._authenticator.cache_clear()


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)

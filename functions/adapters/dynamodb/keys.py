"""Every key string of the two tables. Each begins with the organization (law 6).

Two exceptions come before an organization is known: the list of organizations, and an API key's hash, which is what
tells the organization.

| what                | pk                        | sk               | owner (index by_owner)      |
|---------------------|---------------------------|------------------|-----------------------------|
| thing of a kind     | ORG#kind                  | id               | ORG#kind#owner id, for some |
| external id, alias  | ORG#kind#external         | external id      |                             |
| size of a kind      | ORG#kind#count            | shard            |                             |
| last number         | ORG#sequence              | kind             |                             |
| invoice numbers     | ORG#invoice#number        | first of a block |                             |
| plan, checkpoint    | ORG#customer id#rating    | plan, shard      |                             |
| page of usage       | ORG#customer id#usage     | shard/its name   |                             |
| credit book         | ORG#credits               | customer id      |                             |
| billing schedule    | ORG#schedule              | order id         |                             |
| amendment           | ORG#amendment             | amendment id     |                             |
| settlement          | ORG#settlement            | message id       |                             |
| marks at a span     | ORG#trace id#span         | its id           |                             |
| alias, user         | ORG#customer id#alias     | alias            |                             |
| seat assignments    | ORG#seats                 | order id         |                             |
| webhook settings    | ORG#webhook               | settings         |                             |
| last delivery       | ORG#webhook               | event            |                             |
| delivery attempts   | ORG#webhook#event         | time, id         |                             |
| organization        | organization              | ORG              |                             |
| API key             | key#sha256                | key              | ORG#key                     |
| last use of a key   | ORG#used                  | key id           |                             |
| segment (signals)   | ORG#customer id#shard     | number           |                             |
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from functions.billing.models.segment import LogId

COUNT_SHARDS = 8
"""Counters per kind: creations of one kind are not held up by one hot item."""

ORGANIZATIONS = "organization"
PLAN = "plan"
SETTINGS = "settings"


_MAX_PK_BYTES, _MAX_SK_BYTES = 2048, 1024


def can_be_partition(partition: str) -> bool:
    """As `Key.can_exist`, of a partition alone."""
    return len(partition.encode()) <= _MAX_PK_BYTES


@dataclass(frozen=True, slots=True)
class Key:
    """The full key of an item of the records table."""

    pk: str
    sk: str

    @property
    def can_exist(self) -> bool:
        """Whether DynamoDB has such keys: it refuses to look for others, but a caller may ask for any id."""
        return 0 < len(self.sk.encode()) <= _MAX_SK_BYTES and can_be_partition(self.pk)


def thing(organization_id: str, kind: str, entity_id: str) -> Key:
    return Key(kind_partition(organization_id, kind), entity_id)


def kind_partition(organization_id: str, kind: str) -> str:
    return f"{organization_id}#{kind}"


def owned_by(organization_id: str, kind: str, owner_id: str) -> str:
    return f"{organization_id}#{kind}#{owner_id}"


def external(organization_id: str, kind: str, external_id: str) -> Key:
    return Key(f"{organization_id}#{kind}#external", external_id)


def count_partition(organization_id: str, kind: str) -> str:
    return f"{organization_id}#{kind}#count"


def count(organization_id: str, kind: str, entity_id: str) -> Key:
    shard = sum(entity_id.encode()) % COUNT_SHARDS
    return Key(count_partition(organization_id, kind), str(shard))


def sequence(organization_id: str, kind: str) -> Key:
    return Key(f"{organization_id}#sequence", kind)


def numbers_partition(organization_id: str) -> str:
    return f"{organization_id}#invoice#number"


def number_key(number: int) -> str:
    """Sorts as numbers do."""
    return f"{number:012d}"


def number_block(organization_id: str, first: int) -> Key:
    return Key(numbers_partition(organization_id), number_key(first))


def rating_partition(organization_id: str, customer_id: str) -> str:
    return f"{organization_id}#{customer_id}#rating"


def rating_plan(organization_id: str, customer_id: str) -> Key:
    return Key(rating_partition(organization_id, customer_id), PLAN)


def checkpoint(log: LogId) -> Key:
    return Key(rating_partition(log.organization_id, log.customer_id), str(log.shard))


def usage_page(log: LogId, name: str) -> Key:
    """Apart from the checkpoint, which is read with each append, and all that lies beside it."""
    return Key(f"{log.organization_id}#{log.customer_id}#usage", f"{log.shard}/{name}")


def credit_book(organization_id: str, customer_id: str) -> Key:
    return Key(credit_books(organization_id), customer_id)


def credit_books(organization_id: str) -> str:
    return f"{organization_id}#credits"


def schedule_partition(organization_id: str) -> str:
    return f"{organization_id}#schedule"


def schedule(organization_id: str, order_id: str) -> Key:
    return Key(schedule_partition(organization_id), order_id)


def amendment(organization_id: str, amendment_id: str) -> Key:
    return Key(f"{organization_id}#amendment", amendment_id)


def settlements_partition(organization_id: str) -> str:
    return f"{organization_id}#settlement"


def settlement(organization_id: str, message: str) -> Key:
    return Key(settlements_partition(organization_id), message)


def span(organization_id: str, trace_id: str, span_id: str) -> Key:
    """The function of spans may write here, and nowhere else: see the grants."""
    return Key(f"{organization_id}#{trace_id}#span", span_id)


def organization(organization_id: str) -> Key:
    return Key(ORGANIZATIONS, organization_id)


def api_key(sha256: str) -> Key:
    return Key(f"key#{sha256}", "key")


def keys_of(organization_id: str) -> str:
    return f"{organization_id}#key"


def key_uses(organization_id: str) -> str:
    """Functions that may write nothing else may write here: see the grants."""
    return f"{organization_id}#used"


def key_use(organization_id: str, key_id: str) -> Key:
    return Key(key_uses(organization_id), key_id)


def log_partition(log: LogId) -> str:
    return f"{log.organization_id}#{log.customer_id}#{log.shard}"


def aliases(organization_id: str, customer_id: str) -> str:
    return f"{organization_id}#{customer_id}#alias"


def alias(organization_id: str, customer_id: str, name: str) -> Key:
    return Key(aliases(organization_id, customer_id), name)


def users(organization_id: str, customer_id: str) -> str:
    return f"{organization_id}#{customer_id}#user"


def user(organization_id: str, customer_id: str, external_id: str) -> Key:
    return Key(users(organization_id, customer_id), external_id)


def seats(organization_id: str, order_id: str) -> Key:
    return Key(f"{organization_id}#seats", order_id)


def webhooks_partition(organization_id: str) -> str:
    return f"{organization_id}#webhook"


def webhook_settings(organization_id: str) -> Key:
    return Key(webhooks_partition(organization_id), SETTINGS)


def last_delivery(organization_id: str, event: str) -> Key:
    return Key(webhooks_partition(organization_id), event)


def deliveries_partition(organization_id: str, event: str) -> str:
    return f"{organization_id}#webhook#{event}"


def delivery_attempt(organization_id: str, event: str, *, sent_at: str, attempt: str) -> Key:
    """`sent_at` sorts as time does; `attempt` tells those of one moment apart."""
    return Key(deliveries_partition(organization_id, event), f"{sent_at} {attempt}")

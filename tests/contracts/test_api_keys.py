"""Keys as they are stored, on DynamoDB's stand-ins; the front door's fake is in tests/runtime/test_auth.py."""

from datetime import timedelta

import pytest

from functions.adapters.dynamodb.organizations import DynamoApiKeys
from functions.adapters.dynamodb.table import Records
from functions.billing.errors import NotFound
from functions.billing.models.organization import ApiKey
from functions.runtime.auth import hash_secret
from functions.runtime.chance import new_id, new_secret
from local.resources import Clients, physical_name
from tests.builders import NOW, make_key
from tests.contracts.conftest import ADAPTERS
from tests.faults import is_throttled, meanwhile, watched

pytestmark = pytest.mark.parametrize("back_end", ADAPTERS, indirect=True)

HOUR = timedelta(hours=1)


@pytest.fixture
def keys(clients: Clients) -> DynamoApiKeys:
    return DynamoApiKeys(Records(clients.dynamodb, physical_name("records")))


@pytest.fixture
def key(keys: DynamoApiKeys, organization_id: str) -> ApiKey:
    made = make_key(id=new_id("key"), organization_id=organization_id, sha256=hash_secret(new_secret()))
    keys.insert(made)
    return made


def test_a_key_is_found_by_its_hash_and_listed(keys: DynamoApiKeys, key: ApiKey) -> None:
    assert keys.find(key.sha256) == key
    assert keys.of(key.organization_id) == [key]
    assert keys.get(key.organization_id, key.id) == key
    assert keys.find(hash_secret("another")) is None


def test_another_organizations_key_is_not_found(keys: DynamoApiKeys, key: ApiKey) -> None:
    with pytest.raises(NotFound):
        keys.get("org_other", key.id)
    with pytest.raises(NotFound):
        keys.modify("org_other", key.id, lambda key: key.revoked(NOW))

    assert keys.find(key.sha256) == key


def test_a_change_that_was_outrun_is_made_to_the_newest(keys: DynamoApiKeys, key: ApiKey, clients: Clients) -> None:
    def rotate() -> None:
        keys.modify(key.organization_id, key.id, lambda key: key.retired(NOW + HOUR))

    with watched(clients, meanwhile(rotate), at="PutItem"):
        revoked = keys.modify(key.organization_id, key.id, lambda key: key.revoked(NOW))

    assert (revoked.revoked_at, revoked.retires_at) == (NOW, NOW + HOUR)
    assert keys.find(key.sha256) == revoked


def test_a_use_is_written_when_the_last_one_is_an_hour_ago(keys: DynamoApiKeys, key: ApiKey) -> None:
    seen = []
    for moment in (NOW, NOW + HOUR, NOW + HOUR + timedelta(seconds=1), NOW):
        keys.note_use(key, now=moment)
        seen.append(keys.last_uses(key.organization_id)[key.id])

    assert seen == [NOW, NOW, NOW + HOUR + timedelta(seconds=1), NOW + HOUR + timedelta(seconds=1)]


def test_a_use_that_cannot_be_noted_fails_nobody(keys: DynamoApiKeys, key: ApiKey, clients: Clients) -> None:
    with watched(clients, is_throttled, at="UpdateItem") as watch:
        keys.note_use(key, now=NOW)

    assert watch.has_struck
    assert keys.last_uses(key.organization_id) == {}

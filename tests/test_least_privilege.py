"""Each function may do what it does, and nothing else: its role against the AWS calls of all tests.

That a call is granted is checked wherever a test invokes a function: see permissions.py.
"""

from dataclasses import replace
from pathlib import Path

import pytest

from functions.adapters.key_snapshots import KeySnapshots
from functions.billing.models.segment import LogId
from functions.wiring import identity, terms
from infra.grants import GRANTS, KEEP_MESSAGES, Grant
from infra.resources import FUNCTIONS, SNAPSHOTS
from local.resources import Clients, physical_name
from tests.builders import NOW
from tests.events import event
from tests.permissions import NotGrantedError, Use, WholeRun, acting_as, unused, uses
from tests.world import World, invoke

LOG = LogId("org_1", "cus_1", 0)


def snapshots(clients: Clients) -> KeySnapshots:
    return KeySnapshots(lambda: (clients.s3, physical_name(SNAPSHOTS.name)), table="signals")


def without(action: str, grants: tuple[Grant, ...]) -> tuple[Grant, ...]:
    """The grants, but for one action."""
    return tuple(replace(grant, actions=tuple(a for a in grant.actions if a != action)) for grant in grants)


def test_a_function_without_the_grant_is_denied(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    acme = world.tenant()
    monkeypatch.setitem(GRANTS, "products", without("dynamodb:PutItem", GRANTS["products"]))

    with pytest.raises(NotGrantedError, match="products may not dynamodb:PutItem on owed-records:"):
        acme.call("POST", "/products/", {"name": "AI SDR"})

    monkeypatch.undo()
    assert acme.get("/products/")["data"] == []


def test_a_denial_fails_the_invocation_even_where_the_code_goes_on_without(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cache that cannot be read is logged and passed over, and would in AWS never be read."""
    monkeypatch.setitem(GRANTS, "signals", without("s3:GetObject", GRANTS["signals"]))

    with pytest.raises(NotGrantedError, match="may not s3:GetObject on owed-snapshots/keys/"), acting_as("signals"):
        snapshots(world.clients).load(LOG)


def test_an_object_that_is_not_there_is_forbidden_to_who_may_not_list(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(GRANTS, "signals", without("s3:ListBucket", GRANTS["signals"]))

    with pytest.raises(NotGrantedError, match="may not s3:ListBucket on owed-snapshots:"), acting_as("signals"):
        snapshots(world.clients).load(LOG)


def test_what_a_test_does_itself_needs_no_permission(world: World) -> None:
    with acting_as("health"), acting_as(None):
        world.clients.sqs.list_queues()


@pytest.mark.usefixtures("world")
def test_after_what_a_test_did_meanwhile_the_function_is_held_to_its_role_again() -> None:
    def find_meanwhile() -> None:
        with acting_as(None), acting_as("products"):
            identity.api_keys().find("0" * 64)
        identity.api_keys().find("0" * 64)

    with pytest.raises(NotGrantedError, match="health may not"), acting_as("health"):
        find_meanwhile()


@pytest.mark.usefixtures("world")
def test_a_function_with_no_grants_may_do_nothing() -> None:
    with pytest.raises(NotGrantedError, match="health may not dynamodb:GetItem on owed-records:"), acting_as("health"):
        identity.api_keys().find("0" * 64)


def test_who_may_note_the_use_of_keys_may_update_nothing_else(world: World) -> None:
    acme = world.tenant()
    (key,) = identity.api_keys().of(acme.organization_id)

    with acting_as("signals"):
        identity.api_keys().note_use(key, now=NOW)
    with (
        pytest.raises(NotGrantedError, match="signals may not dynamodb:UpdateItem on owed-records:"),
        acting_as("signals"),
    ):
        terms.sequences().next(acme.organization_id, "plan")

    assert identity.api_keys().last_uses(acme.organization_id) == {key.id: NOW}


@pytest.mark.parametrize(
    ("service", "operation", "params", "asked"),
    [
        ("dynamodb", "Query", {"TableName": "t", "IndexName": "i"}, [Use("dynamodb:Query", "t/index/i")]),
        ("dynamodb", "Query", {"TableName": "t"}, [Use("dynamodb:Query", "t")]),
        ("dynamodb", "BatchGetItem", {"RequestItems": {"t": {}}}, [Use("dynamodb:BatchGetItem", "t")]),
        (
            "dynamodb",
            "TransactWriteItems",
            {"TransactItems": [{kind: {"TableName": "t"}} for kind in ("Put", "Update", "Delete", "ConditionCheck")]},
            [
                Use("dynamodb:PutItem", "t"),
                Use("dynamodb:UpdateItem", "t"),
                Use("dynamodb:DeleteItem", "t"),
                Use("dynamodb:ConditionCheckItem", "t"),
            ],
        ),
        (
            "dynamodb",
            "BatchExecuteStatement",
            {"Statements": [{"Statement": 'INSERT INTO "t" VALUE {}'}, {"Statement": 'UPDATE "t" SET "a" = ?'}]},
            [Use("dynamodb:PartiQLInsert", "t"), Use("dynamodb:PartiQLUpdate", "t")],
        ),
        (
            "dynamodb",
            "UpdateItem",
            {"TableName": "t", "Key": {"pk": {"S": "org_1#used"}}},
            [Use("dynamodb:UpdateItem", "t", "org_1#used")],
        ),
        ("sqs", "SendMessageBatch", {"QueueUrl": "https://sqs.test/1/q"}, [Use("sqs:SendMessage", "q")]),
        ("s3", "HeadObject", {"Bucket": "b", "Key": "a/c"}, [Use("s3:GetObject", "b/a/c")]),
        ("s3", "ListObjectsV2", {"Bucket": "b"}, [Use("s3:ListBucket", "b")]),
    ],
)
def test_what_a_call_asks_for(service: str, operation: str, params: dict[str, object], asked: list[Use]) -> None:
    assert uses(service, operation, params) == asked


def test_no_action_is_granted_twice() -> None:
    for row in FUNCTIONS:
        given = [
            (grant.on, grant.part, grant.partitions, action)
            for grant in GRANTS.get(row.name, ())
            for action in grant.actions
        ]
        assert len(given) == len(set(given)), row.name


@pytest.mark.usefixtures("world")
def test_a_grant_that_nobody_used_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(GRANTS, "health", KEEP_MESSAGES)

    invoke("health", event("health.get"))

    assert "health: s3:PutObject on owed-documents/dead-letters/signals/*" in unused()


def test_a_run_in_several_processes_leaves_over_what_none_of_them_used() -> None:
    run = WholeRun(of_processes=[["a: s3:GetObject on b", "a: s3:PutObject on b"], ["a: s3:PutObject on b"]])

    assert run.unused() == ["a: s3:PutObject on b"]


@pytest.mark.parametrize(
    "run",
    [
        WholeRun(tests_left_out=1),
        WholeRun(files_left_out=[Path("test_orders.py")]),
        WholeRun(of_processes=[["a: s3:GetObject on b"], None]),
    ],
)
def test_a_run_of_some_tests_tells_nothing_of_the_grants(run: WholeRun) -> None:
    assert run.unused() == []

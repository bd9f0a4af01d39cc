"""What holds money outlives everybody who deploys."""

import json

import pytest

from infra import resources
from tests.infra.assembly import Assembly

pytestmark = pytest.mark.infra

STATEFUL = ("AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::SQS::Queue")


@pytest.mark.parametrize("kind", STATEFUL)
def test_what_holds_data_is_retained(assembly: Assembly, local_assembly: Assembly, kind: str) -> None:
    for synthesised in (assembly, local_assembly):
        made = [each for each in synthesised.data["Resources"].values() if each["Type"] == kind]

        assert made
        assert {each["DeletionPolicy"] for each in made} == {"Retain"}
        assert {each["UpdateReplacePolicy"] for each in made} == {"Retain"}


def test_production_refuses_to_lose_its_data_stack(assembly: Assembly) -> None:
    manifest = json.loads((assembly.folder / "manifest.json").read_text())

    assert manifest["artifacts"]["owed-prod-data"]["properties"]["terminationProtection"] is True


def test_tables_are_paid_by_request_recoverable_and_protected(assembly: Assembly) -> None:
    for table in assembly.properties("AWS::DynamoDB::Table"):
        assert table["BillingMode"] == "PAY_PER_REQUEST"
        assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
        assert table["DeletionProtectionEnabled"] is True


def test_tables_tell_their_changes_and_forget_as_their_rows_say(assembly: Assembly) -> None:
    made = [
        (table.get("StreamSpecification"), table.get("TimeToLiveSpecification"))
        for table in assembly.properties("AWS::DynamoDB::Table")
    ]

    assert made == [
        (
            {"StreamViewType": "NEW_AND_OLD_IMAGES"} if row.streamed else None,
            {"AttributeName": row.expiry, "Enabled": True} if row.expiry else None,
        )
        for row in resources.TABLES
    ]


def test_every_table_has_the_keys_and_indexes_of_its_row(assembly: Assembly) -> None:
    made = [_shape(table) for table in assembly.properties("AWS::DynamoDB::Table")]

    expected = [
        {
            "keys": [row.partition.name, row.sort.name],
            "types": {key.name: key.type.value for key in (row.partition, row.sort)}
            | {key.name: key.type.value for index in row.indexes for key in (index.partition, index.sort)},
            "indexes": {
                index.name: ([index.partition.name, index.sort.name], sorted(index.include)) for index in row.indexes
            },
        }
        for row in resources.TABLES
    ]
    assert made == expected


def test_the_buckets_are_private_and_encrypted_and_documents_stay_readable_when_written_over(
    assembly: Assembly,
) -> None:
    documents, snapshots = assembly.properties("AWS::S3::Bucket")

    for bucket in (documents, snapshots):
        assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
        assert bucket["BucketEncryption"]
    assert documents["VersioningConfiguration"] == {"Status": "Enabled"}
    assert "VersioningConfiguration" not in snapshots


def test_every_queue_has_dead_letters_that_live_as_long(assembly: Assembly) -> None:
    queues = assembly.of_type("AWS::SQS::Queue")
    dead = _dead_letter_queues(assembly)

    for name, queue in queues.items():
        assert name in dead or "RedrivePolicy" in queue["Properties"], name
        assert queue["Properties"]["MessageRetentionPeriod"] == 14 * 86_400


def test_a_message_stays_hidden_for_six_attempts_of_its_consumer(assembly: Assembly) -> None:
    for row in resources.FUNCTIONS:
        if row.trigger is None:
            continue
        mapping = _mapping_of(assembly, row.name)
        queue = assembly.resources[assembly.read(mapping["EventSourceArn"]).removesuffix(".Arn")]["Properties"]

        needed = 6 * assembly.functions()[row.name]["Timeout"] + mapping["MaximumBatchingWindowInSeconds"]
        assert queue["VisibilityTimeout"] >= needed


def _mapping_of(assembly: Assembly, name: str) -> dict[str, object]:
    function = {"Ref": assembly.function_id(name)}
    return next(
        made for made in assembly.properties("AWS::Lambda::EventSourceMapping") if made["FunctionName"] == function
    )


def _dead_letter_queues(assembly: Assembly) -> set[str]:
    redrives = (queue.get("RedrivePolicy") for queue in assembly.properties("AWS::SQS::Queue"))
    targets = [redrive["deadLetterTargetArn"] for redrive in redrives if redrive]
    schedules = assembly.properties("AWS::Scheduler::Schedule")
    targets += [schedule["Target"]["DeadLetterConfig"]["Arn"] for schedule in schedules]
    mappings = assembly.properties("AWS::Lambda::EventSourceMapping")
    targets += [
        made["DestinationConfig"]["OnFailure"]["Destination"] for made in mappings if "DestinationConfig" in made
    ]
    return {assembly.read(target).removesuffix(".Arn") for target in targets}


def _shape(table: dict[str, object]) -> dict[str, object]:
    def names(keys: object) -> list[str]:
        assert isinstance(keys, list)
        return [key["AttributeName"] for key in keys]

    indexes, attributes = table["GlobalSecondaryIndexes"], table["AttributeDefinitions"]
    assert isinstance(indexes, list)
    assert isinstance(attributes, list)
    return {
        "keys": names(table["KeySchema"]),
        "types": {each["AttributeName"]: each["AttributeType"] for each in attributes},
        "indexes": {
            index["IndexName"]: (
                names(index["KeySchema"]),
                sorted(index["Projection"].get("NonKeyAttributes", [])),
            )
            for index in indexes
        },
    }

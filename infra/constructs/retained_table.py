"""A DynamoDB table that costs nothing while idle and outlives its stack."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra import resources
from infra.constructs.pascal_case import pascal_case

REWRITES = (
    "dynamodb:BatchWriteItem",
    "dynamodb:DeleteItem",
    "dynamodb:PartiQLDelete",
    "dynamodb:PartiQLUpdate",
    "dynamodb:UpdateItem",
)
"""Denied on an append-only table. Single puts stay allowed: ours carry `attribute_not_exists`, as IAM cannot demand."""


class RetainedTable(Construct):
    """Encrypted with DynamoDB's own key: always on and free, where a customer's key costs a dollar a month."""

    def __init__(self, scope: Construct, construct_id: str, *, row: resources.Table, protected: bool) -> None:
        super().__init__(scope, construct_id)
        self.table = dynamodb.Table(
            self,
            "Table",
            partition_key=_attribute(row.partition),
            sort_key=_attribute(row.sort),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption=dynamodb.TableEncryption.DEFAULT,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            deletion_protection=protected,
            stream=dynamodb.StreamViewType.NEW_AND_OLD_IMAGES if row.streamed else None,
            time_to_live_attribute=row.expiry or None,
            removal_policy=RemovalPolicy.RETAIN,
        )
        for index in row.indexes:
            self.table.add_global_secondary_index(
                index_name=index.name,
                partition_key=_attribute(index.partition),
                sort_key=_attribute(index.sort),
                projection_type=dynamodb.ProjectionType.INCLUDE if index.include else dynamodb.ProjectionType.ALL,
                non_key_attributes=list(index.include) or None,
            )
        if row.append_only:
            self._refuse_rewrites(pascal_case(row.name))

    def _refuse_rewrites(self, name: str) -> None:
        # A deny on the table itself also stops roles made outside this app. Its resource must be "*":
        # a policy cannot name the table it is created with, and it applies to that table alone.
        self.table.add_to_resource_policy(
            iam.PolicyStatement(
                sid=f"{name}AreImmutable",
                effect=iam.Effect.DENY,
                principals=[iam.AnyPrincipal()],
                actions=list(REWRITES),
                resources=["*"],
            )
        )


def _attribute(key: resources.Key) -> dynamodb.Attribute:
    types = {
        resources.KeyType.STRING: dynamodb.AttributeType.STRING,
        resources.KeyType.NUMBER: dynamodb.AttributeType.NUMBER,
    }
    return dynamodb.Attribute(name=key.name, type=types[key.type])

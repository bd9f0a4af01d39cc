"""Metrics that the constructs of CDK do not name: our own, and those of tables and their indexes."""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_

from infra.metrics import DIMENSION, NAMESPACE


def own_metric(name: str, function: lambda_.IFunction, *, statistic: str, period: Duration) -> cloudwatch.Metric:
    """What a function writes as log lines: see `infra/metrics.py`."""
    return cloudwatch.Metric(
        namespace=NAMESPACE,
        metric_name=name,
        dimensions_map={DIMENSION: function.function_name},
        statistic=statistic,
        period=period,
    )


def table_metric(
    table: dynamodb.ITable, name: str, *, index: str | None, period: Duration, statistic: str = "Sum"
) -> cloudwatch.Metric:
    dimensions = {"TableName": table.table_name}
    return cloudwatch.Metric(
        namespace="AWS/DynamoDB",
        metric_name=name,
        dimensions_map=dimensions | ({"GlobalSecondaryIndexName": index} if index else {}),
        statistic=statistic,
        period=period,
    )

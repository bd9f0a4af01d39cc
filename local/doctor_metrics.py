"""What CloudWatch measured, for those checks that ask how something went until now."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from local.aws_account import Ask


@dataclass(frozen=True, slots=True)
class Metric:
    """Of one queue or function, in steps of five minutes."""

    namespace: str
    name: str
    dimension: str

    def points(self, ask: Ask, of: str, *, over: timedelta, until: datetime, statistic: str) -> list[float]:
        """In no order; none where nothing was measured."""
        answer = ask(
            "cloudwatch",
            "get_metric_statistics",
            Namespace=self.namespace,
            MetricName=self.name,
            Dimensions=[{"Name": self.dimension, "Value": of}],
            StartTime=until - over,
            EndTime=until,
            Period=300,
            Statistics=[statistic],
        )
        return [point[statistic] for point in answer["Datapoints"]]


OLDEST_SECONDS = Metric("AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName")
CALLS = Metric("AWS/Lambda", "Invocations", "FunctionName")
ERRORS = Metric("AWS/Lambda", "Errors", "FunctionName")

"""What AWS charges, on demand, us-east-1, as published in November 2026, in dollars.

One function turns counts into dollars. Time is not measured: Lambda's share is a stated allowance of milliseconds, the
same on every machine.
"""

from dataclasses import dataclass

PRICES_AS_OF = "2026-11"

WRITE_UNIT = 0.625 / 1e6
READ_UNIT = 0.125 / 1e6
SQS_REQUEST = 0.40 / 1e6
HTTP_REQUEST = 1.00 / 1e6
HTTP_REQUEST_BYTES = 512 * 1024
LAMBDA_REQUEST = 0.20 / 1e6
LAMBDA_GB_SECOND = 0.0000133334
S3_PUT = 5.00 / 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What a piece of work used; `lambda_gb_seconds` is allowed for, not measured."""

    write_units: float = 0
    read_units: float = 0
    sqs_requests: float = 0
    http_requests: float = 0
    lambda_requests: float = 0
    lambda_gb_seconds: float = 0
    s3_puts: float = 0


def dollars(counts: Counts) -> float:
    return (
        counts.write_units * WRITE_UNIT
        + counts.read_units * READ_UNIT
        + counts.sqs_requests * SQS_REQUEST
        + counts.http_requests * HTTP_REQUEST
        + counts.lambda_requests * LAMBDA_REQUEST
        + counts.lambda_gb_seconds * LAMBDA_GB_SECOND
        + counts.s3_puts * S3_PUT
    )

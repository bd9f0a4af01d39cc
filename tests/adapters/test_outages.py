"""What passes by itself is an outage; what does not is told by nothing that AWS or the network raises."""

import zlib

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError, NoCredentialsError
from botocore.parsers import ResponseParserError

from functions.adapters.dynamodb.items import NewerSchemaError
from functions.adapters.outages import is_outage
from functions.billing.errors import TooLarge

URL = "https://aws.test"


@pytest.mark.parametrize(
    "error",
    [
        ClientError({"Error": {"Code": "ThrottlingException"}}, "GetItem"),
        ClientError({"Error": {"Code": "AccessDeniedException"}}, "GetItem"),
        ConnectTimeoutError(endpoint_url=URL),
        EndpointConnectionError(endpoint_url=URL),
        NoCredentialsError(),
        ResponseParserError("not JSON"),
        ConnectionResetError(),
    ],
)
def test_what_aws_or_the_network_raises_passes(error: Exception) -> None:
    assert is_outage(error)


@pytest.mark.parametrize(
    "error",
    [
        NewerSchemaError("Invoice", "inv_1", number=2, newest=1),
        TooLarge("too large"),
        ValueError("no JSON"),
        KeyError("NewImage"),
        zlib.error("broken"),
        RecursionError(),
    ],
)
def test_what_our_code_raises_does_not(error: Exception) -> None:
    assert not is_outage(error)

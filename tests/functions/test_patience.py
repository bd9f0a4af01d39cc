"""A call of AWS that hangs is tried again while its function still has time."""

from typing import Any

import pytest

from functions.wiring import aws
from infra.resources import FUNCTIONS

SHORTEST_SECONDS = min(function.timeout_seconds for function in FUNCTIONS)


@pytest.mark.usefixtures("world")
def test_every_client_gives_up_in_time_to_try_again() -> None:
    clients: list[Any] = [aws.dynamodb(), aws.sqs(), aws.s3()]  # mypy knows nothing of a client's config

    for client in clients:
        waits = client.meta.config.connect_timeout + client.meta.config.read_timeout
        assert 2 * waits < SHORTEST_SECONDS, client.meta.service_model.service_name

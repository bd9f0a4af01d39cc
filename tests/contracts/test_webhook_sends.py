"""What SQS refuses in part, of a batch of webhooks, on both back ends."""

import json

import pytest

from functions.adapters.webhook_queue import SqsWebhookQueue
from functions.billing.models.webhook import Announcement, WebhookEvent
from local.resources import Clients
from tests.contracts.conftest import ADAPTERS
from tests.faults import Answer, Call, listening
from tests.refused_sends import refuses

pytestmark = pytest.mark.parametrize("back_end", ADAPTERS, indirect=True)

CREATED = WebhookEvent.INVOICE_CREATED


def test_what_is_refused_again_and_again_is_an_error_and_what_was_taken_is_not_sent_twice(clients: Clients) -> None:
    """Of twelve, in calls of 10 and 2, the third is refused: 2 calls, and 3 more for the one alone."""
    url = clients.sqs.create_queue(QueueName="refusing")["QueueUrl"]
    told = [Announcement(id=f"evt_{n}", organization_id="org_1", event=CREATED, body="{}") for n in range(12)]
    sizes: list[int] = []

    def refuse(call: Call) -> Answer | None:
        if call.operation != "SendMessageBatch":
            return None
        entries = json.loads(call.body)["Entries"]
        sizes.append(len(entries))
        places = [place for place, each in enumerate(entries) if '"evt_2"' in each["MessageBody"]]
        return refuses(clients, *places)(call)

    with pytest.raises(RuntimeError, match="refused 1 webhooks 4 times"), listening(clients, refuse):
        SqsWebhookQueue(clients.sqs, url).send(told)

    assert sizes == [10, 2, 1, 1, 1]
    found: list[str] = []
    while messages := clients.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
        found += (json.loads(message["Body"])["id"] for message in messages)
    assert sorted(found) == sorted(each.id for each in told if each.id != "evt_2")
    clients.sqs.delete_queue(QueueUrl=url)

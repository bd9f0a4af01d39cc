"""SQS refuses some messages of a batch and takes the others; no local back end ever does."""

import json
from collections.abc import Collection

from local.resources import Clients
from tests.faults import Answer, Call, Fault, answer


def refuses(clients: Clients, *places: int, code: str = "InternalError", is_senders_fault: bool = False) -> Fault:
    """Refuses the messages at these places, from 0, of the call that it happens to."""

    def refuse(call: Call) -> Answer:
        request = json.loads(call.body)
        taken = [entry for place, entry in enumerate(request["Entries"]) if place not in places]
        _send(clients, request["QueueUrl"], taken)
        failures = [
            {"Id": request["Entries"][place]["Id"], "SenderFault": is_senders_fault, "Code": code} for place in places
        ]
        return answer(Successful=[], Failed=failures)

    return refuse


def _send(clients: Clients, url: str, entries: Collection[dict[str, str]]) -> None:
    for entry in entries:
        clients.sqs.send_message(QueueUrl=url, MessageBody=entry["MessageBody"], MessageGroupId=entry["MessageGroupId"])

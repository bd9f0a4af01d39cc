"""A change that cannot be announced is put aside, whole; its neighbours go on, and an outage puts nothing aside."""

import copy
import json
from contextlib import nullcontext
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from functions.adapters.dynamodb import keys
from functions.adapters.dynamodb.items import item_of
from functions.billing.ids import derived_id
from functions.billing.models.invoice import Invoice
from functions.billing.models.webhook import WebhookSettings
from functions.wiring import aws
from infra.resources import BILLING_CHANGES, DOCUMENTS, WEBHOOK_QUEUE
from local.events import stream_event
from local.resources import physical_name
from tests.builders import make_invoice
from tests.changes import taken
from tests.exactly_once.hooks import CREATED, listen
from tests.exactly_once.scene import Scene
from tests.faults import CRASHES, ERRORS, Crash, Fault, crashes_before, is_throttled, never_arrives, watched
from tests.logs import PAYLOAD
from tests.measurements import values
from tests.refused_sends import refuses

Event = dict[str, Any]

IDS = ("inv_1", "inv_2", "inv_3")
BUCKET = physical_name(DOCUMENTS.name)
UNREADABLE = ({"schema": {"N": "99"}}, {"doc": {"S": f'{{"{PAYLOAD}": 1}}'}}, {"doc": {"B": "bm90IHppcHBlZA=="}})
"""Of a number to come; of another shape; broken."""


@pytest.fixture
def quiet_scene(scene: Scene) -> Scene:
    """Whose organization listens, and in which nothing is kept aside."""
    listen(scene.organization_id, "http://127.0.0.1/hooks")
    for key in kept(scene):
        scene.world.clients.s3.delete_object(Bucket=BUCKET, Key=key)
    return scene


def changed(scene: Scene, *invoices: Invoice, organization_id: str | None = None) -> Event:
    """The stream's event of these invoices being made."""
    scene.environment().wiring.invoices().insert(organization_id or scene.organization_id, list(invoices))
    return stream_event(taken(BILLING_CHANGES), "arn:of:the:stream")


def three_invoices(scene: Scene) -> Event:
    return changed(scene, *(make_invoice(id=name) for name in IDS))


def poisoned(event: Event, *places: int, **attributes: Any) -> Event:
    """With other attributes of the items at these places."""
    event = copy.deepcopy(event)
    for place in places:
        event["Records"][place]["dynamodb"]["NewImage"] |= attributes or UNREADABLE[1]
    return event


def number(event: Event, place: int) -> str:
    return str(event["Records"][place]["dynamodb"]["SequenceNumber"])


def file_of(event: Event, place: int) -> str:
    """Where a change is put aside: a sequence number is another's in another shard, an event's id is nobody else's."""
    return f"dead-letters/announce_events/{number(event, place)}-{event['Records'][place]['eventID']}.json"


def announced(scene: Scene) -> list[str]:
    """The ids of what is in the queue of webhooks, which is empty then."""
    return sorted(body["id"] for body in scene.take(WEBHOOK_QUEUE))


def created(scene: Scene, *names: str) -> list[str]:
    return sorted(derived_id("evt", scene.organization_id, CREATED, name) for name in names)


def kept(scene: Scene) -> dict[str, Event]:
    """What was put aside, by its key."""
    s3 = scene.world.clients.s3
    found = s3.list_objects_v2(Bucket=BUCKET, Prefix="dead-letters/announce_events/").get("Contents", [])
    return {each["Key"]: json.loads(s3.get_object(Bucket=BUCKET, Key=each["Key"])["Body"].read()) for each in found}


@pytest.mark.parametrize("unreadable", UNREADABLE)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_change_that_cannot_be_read_is_parked_whole_and_its_neighbours_are_announced_once(
    quiet_scene: Scene, place: int, unreadable: dict[str, Any]
) -> None:
    scene = quiet_scene
    event = poisoned(three_invoices(scene), place, **unreadable)

    answer = scene.environment().invoke("announce_events", event)

    assert answer == {"announced": 2, "parked": 1}
    assert announced(scene) == created(scene, *(name for name in IDS if name != IDS[place]))
    assert kept(scene) == {file_of(event, place): {"Records": [event["Records"][place]]}}


def test_changes_of_two_shards_that_have_the_same_sequence_number_are_parked_both(quiet_scene: Scene) -> None:
    scene = quiet_scene
    event = poisoned(three_invoices(scene), 0, 1)
    event["Records"][1]["dynamodb"]["SequenceNumber"] = number(event, 0)

    scene.environment().invoke("announce_events", event)

    assert kept(scene).keys() == {file_of(event, 0), file_of(event, 1)}
    assert len(kept(scene)) == 2


def test_a_batch_in_which_nothing_can_be_read_is_parked_change_by_change(quiet_scene: Scene) -> None:
    scene = quiet_scene
    event = poisoned(three_invoices(scene), 0, 1, 2)

    with watched(scene.world.clients) as watch:
        answer = scene.environment().invoke("announce_events", event)

    assert answer == {"announced": 0, "parked": 3}
    assert watch.calls == ["PutObject"] * 3
    assert len(kept(scene)) == 3


def test_a_parked_change_that_is_still_unreadable_is_parked_again_under_the_same_key(quiet_scene: Scene) -> None:
    scene = quiet_scene
    scene.environment().invoke("announce_events", poisoned(three_invoices(scene), 1))
    before = kept(scene)
    (file,) = before.values()

    assert scene.environment().invoke("announce_events", file) == {"announced": 0, "parked": 1}
    assert kept(scene) == before


@pytest.mark.parametrize("fault", [*CRASHES, *ERRORS])
@pytest.mark.parametrize("operation", ["GetItem", "PutObject", "SendMessageBatch"])
def test_whatever_happens_at_any_call_everything_is_announced_or_parked_when_it_comes_again(
    quiet_scene: Scene, fault: Fault, operation: str
) -> None:
    """S3 down while parking, a crash between parking and sending, and all the others."""
    scene = quiet_scene
    event = poisoned(three_invoices(scene), 1)
    environment = scene.environment()

    with watched(scene.world.clients, fault, at=operation) as watch:
        try:
            environment.invoke("announce_events", event)
        except Crash:
            environment = scene.environment()
        except (BotoCoreError, ClientError):
            pass
    assert watch.has_struck
    environment.invoke("announce_events", event)

    assert sorted(set(announced(scene))) == created(scene, "inv_1", "inv_3")
    assert [file["Records"] for file in kept(scene).values()] == [[event["Records"][1]]]


def test_what_cannot_be_parked_fails_the_whole_batch_and_nothing_of_it_is_sent(quiet_scene: Scene) -> None:
    scene = quiet_scene
    event = poisoned(three_invoices(scene), 1)

    with pytest.raises(BotoCoreError), watched(scene.world.clients, never_arrives, at="PutObject"):
        scene.environment().invoke("announce_events", event)

    assert announced(scene) == []
    assert kept(scene) == {}


@pytest.mark.parametrize("fault", [never_arrives, is_throttled])
@pytest.mark.parametrize("operation", ["GetItem", "SendMessageBatch"])
def test_an_outage_parks_nothing_however_often_it_is_met(quiet_scene: Scene, fault: Fault, operation: str) -> None:
    scene = quiet_scene
    event, environment = three_invoices(scene), scene.environment()

    for _ in range(20):
        with pytest.raises((BotoCoreError, ClientError)), watched(scene.world.clients, fault, at=operation):
            environment.invoke("announce_events", event)
    assert environment.invoke("announce_events", event) == {"announced": 3, "parked": 0}

    assert kept(scene) == {}
    assert announced(scene) == created(scene, *IDS)


def test_settings_that_cannot_be_read_park_the_changes_of_their_organization_alone(quiet_scene: Scene) -> None:
    scene = quiet_scene
    other = scene.world.tenant().organization_id
    theirs = changed(scene, make_invoice(id="inv_9"), organization_id=other)["Records"]
    broken = item_of(keys.webhook_settings(other), WebhookSettings(), revision=1) | {"schema": {"N": "99"}}
    aws.records().put(broken, replaces=0)
    ours = three_invoices(scene)["Records"]

    answer = scene.environment().invoke("announce_events", {"Records": [*theirs, *ours]})

    assert answer == {"announced": 3, "parked": 1}
    assert announced(scene) == created(scene, *IDS)
    assert [file["Records"] for file in kept(scene).values()] == [theirs]


def test_an_event_that_no_message_can_hold_is_parked(quiet_scene: Scene) -> None:
    scene = quiet_scene
    large = make_invoice(id="inv_2", metadata={"note": "x" * 1_000_000})
    event = changed(scene, make_invoice(id="inv_1"), large, make_invoice(id="inv_3"))

    answer = scene.environment().invoke("announce_events", event)

    assert answer == {"announced": 2, "parked": 1}
    assert announced(scene) == created(scene, "inv_1", "inv_3")


def test_what_nobody_wants_is_not_parked_for_its_size(quiet_scene: Scene) -> None:
    scene = quiet_scene
    deaf = scene.world.tenant().organization_id
    event = changed(scene, make_invoice(metadata={"note": "x" * 1_000_000}), organization_id=deaf)
    assert len(event["Records"]) == 1

    assert scene.environment().invoke("announce_events", event) == {"announced": 0, "parked": 0}


def test_what_is_parked_is_counted_and_logged_without_anything_of_it(
    quiet_scene: Scene, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """That no log holds a payload every test checks: `UNREADABLE` has the word that none may hold."""
    scene = quiet_scene
    event = poisoned(three_invoices(scene), 1)
    capsys.readouterr()

    scene.environment().invoke("announce_events", event)

    assert values(capsys.readouterr().out) == {"EventsAnnounced": 2, "EventsParked": 1}
    (line,) = (each for each in caplog.records if each.getMessage() == "change parked")
    said = vars(line)
    assert line.levelname == "ERROR"
    assert said["sequence_number"] == number(event, 1)
    assert said["keys"]["sk"] == {"S": "inv_2"}
    assert said["kept_at"] == file_of(event, 1)
    assert said["error"] == "ValidationError"
    assert "value_of" in "".join(said["raised_at"])


def test_a_batch_that_fails_is_not_counted_before_it_comes_again(
    quiet_scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    scene, environment = quiet_scene, quiet_scene.environment()
    event = poisoned(three_invoices(scene), 1)
    capsys.readouterr()

    with pytest.raises(BotoCoreError), watched(scene.world.clients, never_arrives, at="SendMessageBatch"):
        environment.invoke("announce_events", event)
    assert values(capsys.readouterr().out) == {}
    environment.invoke("announce_events", event)
    environment.invoke("announce_events", event)  # Lambda did not learn of the first

    assert values(capsys.readouterr().out) == {"EventsAnnounced": 2 * 2, "EventsParked": 2 * 1}


def test_only_what_has_happened_is_asked_about(quiet_scene: Scene) -> None:
    """One read of settings for an organization, however many changes; none for what is no event."""
    scene = quiet_scene
    event = three_invoices(scene)
    unchanged = copy.deepcopy(event)
    for record in unchanged["Records"]:
        record["dynamodb"]["OldImage"] = record["dynamodb"]["NewImage"]

    calls: list[list[str]] = []
    for each in (event, unchanged):
        with watched(scene.world.clients) as watch:
            scene.environment().invoke("announce_events", each)
        calls.append(watch.calls)

    assert calls == [["GetItem", "SendMessageBatch"], []]


def test_what_sqs_refuses_for_what_it_is_is_parked_and_its_neighbours_are_sent_once(quiet_scene: Scene) -> None:
    scene = quiet_scene
    event = three_invoices(scene)
    refusal = refuses(scene.world.clients, 1, code="InvalidMessageContents", is_senders_fault=True)

    with watched(scene.world.clients, refusal, at="SendMessageBatch") as watch:
        answer = scene.environment().invoke("announce_events", event)

    assert answer == {"announced": 2, "parked": 1}
    assert watch.calls == ["GetItem", "SendMessageBatch", "PutObject"]
    assert announced(scene) == created(scene, "inv_1", "inv_3")
    assert kept(scene) == {file_of(event, 1): {"Records": [event["Records"][1]]}}


@pytest.mark.parametrize("refused", [{"code": "InternalError"}, {"code": "RequestThrottled", "is_senders_fault": True}])
def test_what_sqs_refuses_for_now_goes_again_alone(quiet_scene: Scene, refused: dict[str, Any]) -> None:
    """Throttling SQS calls the sender's fault, and it passes all the same."""
    scene = quiet_scene
    event = three_invoices(scene)

    with watched(scene.world.clients, refuses(scene.world.clients, 1, **refused), at="SendMessageBatch") as watch:
        answer = scene.environment().invoke("announce_events", event)

    assert answer == {"announced": 3, "parked": 0}
    assert watch.calls == ["GetItem", "SendMessageBatch", "SendMessageBatch"]
    assert announced(scene) == created(scene, *IDS)
    assert kept(scene) == {}


def test_a_crash_between_sending_and_parking_what_sqs_refused_loses_neither(quiet_scene: Scene) -> None:
    scene = quiet_scene
    event = three_invoices(scene)
    refusal = refuses(scene.world.clients, 1, code="InvalidMessageContents", is_senders_fault=True)

    for crash in (crashes_before, None):
        with (
            pytest.raises(Crash) if crash else nullcontext(),
            watched(scene.world.clients, refusal, at="SendMessageBatch"),
            watched(scene.world.clients, crash, at="PutObject"),
        ):
            scene.environment().invoke("announce_events", event)

    assert announced(scene) == sorted(2 * created(scene, "inv_1", "inv_3"))  # sent twice, under the same ids
    assert kept(scene).keys() == {file_of(event, 1)}

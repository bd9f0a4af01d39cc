"""`/webhooks` through its handlers: set up, tested, signed anew. What is sent of invoices: test_webhook_deliveries."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest

from tests.functions.hooks import CREATED, NAMES, PAID, POSTED, Listener
from tests.functions.sales import seller
from tests.receiver import receiving
from tests.world import World

EXAMPLE = "https://hooks.example.com/owed?a=b"


@pytest.fixture
def hooks(empty_world: World) -> Iterator[Listener]:
    with receiving() as receiver:
        yield Listener(seller(empty_world), receiver)


@pytest.fixture
def as_deployed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WEBHOOK_RECEIVERS")


def test_there_is_one_webhook_per_event_and_at_first_none_is_set_up(hooks: Listener) -> None:
    listed = hooks.acme.tenant.get("/webhooks/")

    assert [webhook["name"] for webhook in listed["data"]] == NAMES
    assert listed["signingSecretConfigured"] is False
    assert hooks.shown(PAID) == {
        "id": hooks.shown(PAID)["id"],
        "name": PAID,
        "description": "Nothing remains to be paid of a posted invoice",
        "enabled": False,
        "url": None,
        "lastSentAt": None,
        "lastStatus": None,
    }
    assert len({webhook["id"] for webhook in listed["data"]}) == 11


@pytest.mark.usefixtures("as_deployed")
def test_the_first_url_brings_the_secret_and_nothing_shows_it_again(hooks: Listener) -> None:
    first = hooks.patch(CREATED, url=EXAMPLE)
    second = hooks.patch(POSTED, url=EXAMPLE, enabled=True)

    assert first.body["signingSecret"].startswith("whsec_")
    assert (first.body["url"], first.body["enabled"], second.body["enabled"]) == (EXAMPLE, False, True)
    assert second.body["signingSecret"] is None
    listed = hooks.acme.tenant.get("/webhooks/")
    assert listed["signingSecretConfigured"] is True
    assert hooks.secret not in str(listed)


def test_a_webhook_may_be_disabled_before_anything_is_set_up_and_no_secret_is_made(hooks: Listener) -> None:
    answer = hooks.patch(CREATED, enabled=False)

    assert (answer.status, answer.body["signingSecret"]) == (200, None)
    assert hooks.acme.tenant.get("/webhooks/")["signingSecretConfigured"] is False


def test_what_is_not_given_stays(hooks: Listener) -> None:
    hooks.listen(CREATED)

    assert hooks.patch(CREATED).body["url"] == hooks.receiver.url
    assert hooks.patch(CREATED, enabled=False).body["url"] == hooks.receiver.url
    assert hooks.patch(CREATED, url=None).body["url"] is None


def test_a_null_enabled_says_nothing_and_a_null_url_clears_it_while_disabled(hooks: Listener) -> None:
    """The published client's types allow None for both, and send it as null."""
    hooks.listen(CREATED)
    listening = hooks.patch(CREATED, enabled=None)
    hooks.patch(CREATED, enabled=False)
    cleared = hooks.patch(CREATED, enabled=None, url=None)

    assert (listening.status, listening.body["enabled"], listening.body["url"]) == (200, True, hooks.receiver.url)
    assert (cleared.status, cleared.body["enabled"], cleared.body["url"]) == (200, False, None)


@pytest.mark.parametrize("enabling", [{"enabled": True}, {"enabled": True, "url": None}])
def test_enabling_needs_a_url(hooks: Listener, enabling: dict[str, object]) -> None:
    answer = hooks.patch(CREATED, **enabling)

    assert answer.status == 400
    assert answer.sentence == "url is null, expected an https URL while webhook billing-invoice-created is enabled"
    assert hooks.shown(CREATED)["enabled"] is False


def test_a_url_is_not_cleared_while_its_webhook_is_enabled(hooks: Listener) -> None:
    hooks.listen(CREATED)

    answer = hooks.patch(CREATED, url=None)

    assert answer.status == 400
    assert hooks.shown(CREATED)["url"] == hooks.receiver.url


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"enabled": "yes"}, "enabled is 'yes': expected true or false"),
        ({"enabled": 1}, "enabled is 1: expected true or false"),
        ({"url": 7}, "url is 7: expected a text"),
        ({"url": ""}, "url is '': expected ASCII without blanks"),
        ({"url": "http://example.com/"}, "url is 'http://example.com/': expected an https URL such as"),
        ({"url": "https://127.0.0.1/"}, "url is 'https://127.0.0.1/': expected a public address"),
        ({"url": "https://localhost/"}, "url is 'https://localhost/': expected a public host name"),
        ({"url": "https://example.com:8443/"}, "url is 'https://example.com:8443/': expected no port other than 443"),
    ],
)
@pytest.mark.usefixtures("as_deployed")
def test_what_cannot_be_a_webhook_is_refused_and_changes_nothing(
    hooks: Listener, body: dict[str, object], sentence: str
) -> None:
    answer = hooks.patch(CREATED, **body)

    assert answer.status == 400
    assert answer.sentence.startswith(sentence)
    assert (hooks.shown(CREATED)["url"], hooks.shown(CREATED)["enabled"]) == (None, False)


@pytest.mark.parametrize("name", ["billing-invoice-shredded", "BILLING-INVOICE-CREATED", "rotate-secret", "a/b", "ü"])
@pytest.mark.parametrize("path", ["PATCH /webhooks/{}", "POST /webhooks/{}/test", "GET /webhooks/{}/deliveries"])
def test_a_name_of_no_event_is_not_found(hooks: Listener, path: str, name: str) -> None:
    method, _, template = path.partition(" ")

    answer = hooks.acme.tenant.call(method, template.format(quote(name, safe="")), {} if method != "GET" else None)

    assert (answer.status, answer.sentence) == (404, f"webhook {name} was not found")


@pytest.mark.parametrize("name", NAMES)
def test_a_test_sends_a_signed_event_of_that_name_at_once(hooks: Listener, name: str) -> None:
    hooks.listen(name)

    answer = hooks.test(name)

    assert (answer.status, answer.body) == (200, {"success": True})
    (received,) = hooks.receiver.received
    assert received.path == "/hooks"
    assert received.is_signed_with(hooks.secret)
    assert (received.body["event"], received.body["isTest"]) == (name, True)
    (kind,) = received.body["data"]
    assert kind in {"invoice", "checkout", "payment", "credits", "overage"}
    shown = hooks.shown(name)
    assert (shown["lastStatus"], shown["lastSentAt"]) == ("success", hooks.deliveries(name)[0]["sentAt"])


def test_the_invoice_of_a_test_has_every_field_of_a_real_one(hooks: Listener) -> None:
    hooks.listen(PAID)
    hooks.test(PAID)

    sample = hooks.receiver.received[0].body["data"]["invoice"]

    assert (sample["status"], sample["paymentStatus"], sample["amountRemaining"]) == ("posted", "paid", 0)


def test_each_test_is_an_event_of_its_own(hooks: Listener) -> None:
    hooks.listen(CREATED)

    for _ in range(2):
        hooks.test(CREATED)

    first, second = hooks.receiver.received
    assert first.id != second.id


@pytest.mark.parametrize("status", [300, 400, 404, 500])
def test_a_test_that_is_not_answered_with_success_says_so(hooks: Listener, status: int) -> None:
    hooks.listen(CREATED)
    hooks.receiver.answers.append(status)

    answer = hooks.test(CREATED)

    assert (answer.status, answer.body) == (200, {"success": False})
    assert hooks.shown(CREATED)["lastStatus"] == "failed"
    (delivery,) = hooks.deliveries(CREATED)
    assert (delivery["status"], delivery["statusCode"], delivery["isTest"]) == ("failed", status, True)
    assert len(hooks.receiver.received) == 1


def test_a_test_needs_a_url_and_an_enabled_webhook(hooks: Listener) -> None:
    without_url = hooks.test(CREATED)
    hooks.patch(CREATED, url=hooks.receiver.url)
    disabled = hooks.test(CREATED)

    assert (without_url.status, disabled.status) == (400, 400)
    assert without_url.sentence == f"webhook {CREATED} has no url, expected one before it is tested"
    assert disabled.sentence == f"webhook {CREATED} is not enabled, expected it to be before it is tested"
    assert hooks.receiver.received == []


def test_a_new_secret_signs_from_the_next_delivery_on(hooks: Listener) -> None:
    hooks.listen(CREATED)
    old = hooks.secret

    rotated = hooks.acme.tenant.call("POST", "/webhooks/rotate-secret", {})
    hooks.test(CREATED)

    (received,) = hooks.receiver.received
    assert rotated.status == 200
    assert received.is_signed_with(rotated.body["signingSecret"])
    assert not received.is_signed_with(old)


def test_a_secret_may_be_asked_for_before_any_url_is_saved(hooks: Listener) -> None:
    rotated = hooks.acme.tenant.call("POST", "/webhooks/rotate-secret", {})

    first = hooks.patch(CREATED, url=hooks.receiver.url)

    assert rotated.body["signingSecret"].startswith("whsec_")
    assert first.body["signingSecret"] is None


def test_deliveries_are_listed_the_newest_first_and_by_pages(hooks: Listener) -> None:
    hooks.listen(CREATED)
    hooks.receiver.answers += [500, 404, 204]
    for _ in range(3):
        hooks.test(CREATED)

    page = hooks.acme.tenant.get(f"/webhooks/{CREATED}/deliveries", limit=2, offset=1)

    assert [each["statusCode"] for each in hooks.deliveries(CREATED)] == [204, 404, 500]
    assert [each["statusCode"] for each in page["data"]] == [404, 500]
    assert page["pagination"] == {"limit": 2, "offset": 1, "total": 3, "hasMore": False}
    assert hooks.deliveries(POSTED) == []

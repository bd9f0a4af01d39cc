from datetime import timedelta

import pytest

from functions.billing.errors import InvalidInput, NotFound
from functions.billing.models.webhook import (
    TESTED_EVERY,
    Answer,
    Endpoint,
    LastAttempt,
    Receiver,
    WebhookEvent,
    WebhookSettings,
)
from tests.builders import NOW

CREATED, POSTED = WebhookEvent.INVOICE_CREATED, WebhookEvent.INVOICE_POSTED
URL, SECRET = "https://example.com/", "whsec_c2VjcmV0"
ONE, TWO, THREE = "whsec_MQ==", "whsec_Mg==", "whsec_Mw=="
LISTENING = WebhookSettings(signing_secret=SECRET, endpoints={CREATED: Endpoint(enabled=True, url=URL)})


def test_an_event_goes_where_its_own_webhook_leads() -> None:
    assert LISTENING.receiver(CREATED) == Receiver(url=URL, signing_secret=SECRET)
    assert LISTENING.receiver(POSTED) is None


@pytest.mark.parametrize("endpoint", [Endpoint(), Endpoint(url=URL)])
def test_a_webhook_that_is_not_enabled_leads_nowhere(endpoint: Endpoint) -> None:
    assert LISTENING.model_copy(update={"endpoints": {CREATED: endpoint}}).receiver(CREATED) is None


def test_the_first_url_takes_the_new_secret_and_later_ones_keep_it() -> None:
    nothing = WebhookSettings().with_endpoint(CREATED, Endpoint(), new_secret=ONE)
    first = nothing.with_endpoint(CREATED, Endpoint(url=URL), new_secret=TWO)
    second = first.with_endpoint(POSTED, Endpoint(url=URL), new_secret=THREE)

    assert [each.signing_secret for each in (nothing, first, second)] == [None, TWO, TWO]
    assert second.endpoint(CREATED) == second.endpoint(POSTED) == Endpoint(url=URL)


def test_enabling_needs_a_url() -> None:
    with pytest.raises(InvalidInput, match="url is null, expected an https URL while webhook billing-invoice-created"):
        LISTENING.with_endpoint(CREATED, Endpoint(enabled=True), new_secret=ONE)


LAST, MOMENT = LastAttempt(sent_at=NOW, is_success=True), timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("passed", "seconds"),
    [
        (timedelta(0), 10),
        (timedelta(seconds=9), 1),
        (TESTED_EVERY - MOMENT, 1),
        (-timedelta(hours=1), 10),  # noted by a clock that is ahead
    ],
)
def test_a_test_that_comes_too_soon_says_when_to_try_again(passed: timedelta, seconds: int) -> None:
    with pytest.raises(InvalidInput, match=f"10 seconds ago before it is tested: try again in {seconds} s$"):
        LAST.check_old_enough(CREATED, now=NOW + passed)


def test_after_ten_seconds_a_test_may_be_sent() -> None:
    LAST.check_old_enough(CREATED, now=NOW + TESTED_EVERY)


def test_a_name_is_one_of_the_eleven_or_not_found() -> None:
    assert WebhookEvent.named("billing-invoice-paid") is WebhookEvent.INVOICE_PAID
    assert len(WebhookEvent) == 11
    with pytest.raises(NotFound, match="webhook INVOICE_PAID was not found"):
        WebhookEvent.named("INVOICE_PAID")


@pytest.mark.parametrize(
    ("status", "is_success"), [(199, False), (200, True), (299, True), (300, False), (None, False)]
)
def test_an_answer_is_a_success_from_200_to_299(status: int | None, is_success: bool) -> None:  # noqa: FBT001 - a case
    assert Answer(status=status).is_success is is_success


def test_a_secret_is_not_shown_by_what_holds_it() -> None:
    receiver = LISTENING.receiver(CREATED)

    assert SECRET not in repr(LISTENING) + str(LISTENING) + repr(receiver)

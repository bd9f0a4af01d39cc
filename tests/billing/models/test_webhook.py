from datetime import timedelta

import pytest

from functions.billing.errors import InvalidInput, NotFound
from functions.billing.models.webhook import (
    TEST_MAY_TAKE,
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


UNDER_WAY = LastAttempt(sent_at=NOW, is_success=False, is_under_way=True)
MOMENT = timedelta(microseconds=1)


@pytest.mark.parametrize("passed", [timedelta(0), TEST_MAY_TAKE - MOMENT, MOMENT - TEST_MAY_TAKE])
def test_while_a_test_is_under_way_no_other_begins(passed: timedelta) -> None:
    """Also where the clock of whoever noted it is ahead."""
    with pytest.raises(InvalidInput, match="is being tested since 2025-06-01T"):
        UNDER_WAY.check_ended(CREATED, now=NOW + passed)


@pytest.mark.parametrize(
    ("last", "passed"),
    [
        (UNDER_WAY, TEST_MAY_TAKE),  # whoever began it has crashed
        (UNDER_WAY, -TEST_MAY_TAKE),
        (LastAttempt(sent_at=NOW, is_success=False), timedelta(0)),
        (LastAttempt(sent_at=NOW, is_success=True), timedelta(0)),
    ],
)
def test_after_an_attempt_has_ended_a_test_may_begin(last: LastAttempt, passed: timedelta) -> None:
    last.check_ended(CREATED, now=NOW + passed)


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

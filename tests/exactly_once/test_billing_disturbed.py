"""An order with two months to bill, disturbed at each AWS call and delivered again: the same invoices, numbers, totals.

It began on 1 June and was activated on 15 July, so that the invoice of June stays a draft (design: backdated
activation), and those of 1 July and 1 August post themselves.
"""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from functions.wiring import terms
from infra.resources import DOCUMENT_QUEUE, INVOICE_QUEUE, SIGNAL_QUEUE
from tests.exactly_once.scene import (
    AUGUST,
    EMAIL,
    EMAIL_ID,
    FEE,
    JULY,
    JUNE,
    ORDER,
    Scene,
    deliver_until_done,
    delivered,
    email,
)
from tests.faults import (
    Crash,
    Fault,
    answer_is_lost,
    crashes_after,
    crashes_before,
    is_sent_twice,
    meets_a_transaction,
    watched,
)
from tests.memory import saved

JUNE_10, JULY_31 = datetime(2025, 6, 10, tzinfo=UTC), datetime(2025, 7, 31, 23, 59, tzinfo=UTC)
SEPTEMBER = date(2025, 9, 1)

BILLS = {
    JUNE: (FEE, "draft", None),
    JULY: (FEE + 2 * EMAIL, "posted", 1),
    AUGUST: (FEE + 3 * EMAIL, "posted", 2),
}
"""By issue date: total, status and number; two e-mails in June and three in July."""


def test_undisturbed_each_month_is_billed_once(scene: Scene) -> None:
    bodies = an_order_to_bill(scene)

    assert delivered(scene.environment(), INVOICE_QUEUE, bodies) == []

    assert outcome(scene) == {
        "invoices": BILLS,
        "next": SEPTEMBER,
        "billed": sum(total for total, _, _ in BILLS.values()),
        "usage": {EMAIL_ID: {JUNE: 2, JULY: 3}},
        "documents": {1, 2},
    }


@pytest.mark.parametrize(("crash", "as_of"), [(crashes_before, JULY), (crashes_after, AUGUST)])
def test_a_crash_at_any_call_and_a_later_delivery_change_nothing(
    scene: Scene, crash: Fault, as_of: date, subtests: pytest.Subtests
) -> None:
    bodies = an_order_to_bill(scene, as_of=as_of)
    put_back = saved()
    expected, calls = undisturbed(scene, bodies)

    for position, operation in enumerate(calls):
        put_back()
        with subtests.test(position=position, operation=operation):
            with watched(scene.world.clients, crash, at=position), pytest.raises(Crash):
                delivered(scene.environment(), INVOICE_QUEUE, bodies)
            deliver_until_done(scene.environment(), INVOICE_QUEUE, bodies)

            assert outcome(scene) == expected


@pytest.mark.parametrize("error", [answer_is_lost, is_sent_twice, meets_a_transaction])
def test_an_error_at_any_call_fails_the_message_or_changes_nothing(
    scene: Scene, error: Fault, subtests: pytest.Subtests
) -> None:
    """Up to July, which is a draft and a posted one: an error that has no effect is a crash that has none."""
    bodies = an_order_to_bill(scene, as_of=JULY)
    put_back = saved()
    expected, calls = undisturbed(scene, bodies)

    for position, operation in enumerate(calls):
        put_back()
        with subtests.test(position=position, operation=operation):
            environment = scene.environment()
            with watched(scene.world.clients, error, at=position) as watch:
                failed = delivered(environment, INVOICE_QUEUE, bodies)
            deliver_until_done(environment, INVOICE_QUEUE, failed)

            assert watch.has_struck
            assert outcome(scene) == expected


def test_the_same_run_again_makes_nothing_more(scene: Scene) -> None:
    bodies = an_order_to_bill(scene)
    expected, _ = undisturbed(scene, bodies)

    deliver_until_done(scene.environment(), INVOICE_QUEUE, bodies + bodies)

    assert outcome(scene) | {"documents": {1, 2}} == expected


def an_order_to_bill(scene: Scene, *, as_of: date = AUGUST) -> list[str]:
    scene.order(auto_post_invoices=True)
    scene.activate(now=datetime(2025, 7, 15, tzinfo=UTC))
    signals = [email(f"june {n}", JUNE_10) for n in range(2)] + [email(f"july {n}", JULY_31) for n in range(3)]
    deliver_until_done(scene.environment(), SIGNAL_QUEUE, [scene.batch(*signals)])
    return [scene.bill(as_of)]


def undisturbed(scene: Scene, bodies: list[str]) -> tuple[dict[str, Any], list[str]]:
    """What a delivery leads to, and the calls that it makes."""
    with watched(scene.world.clients) as watch:
        assert delivered(scene.environment(), INVOICE_QUEUE, bodies) == []
    return outcome(scene), watch.calls


def outcome(scene: Scene) -> dict[str, Any]:
    """What is billed, and for which numbers documents were asked, once or more."""
    invoices = {invoice.id: invoice for invoice in scene.invoices()}
    stored = terms.schedules().get(scene.organization_id, ORDER)
    assert stored is not None
    return {
        "invoices": {i.issue_date: (i.total_minor, i.status.value, i.number) for i in invoices.values()},
        "next": stored.value.next_billing_on,
        "billed": stored.value.billed_minor,
        "usage": stored.value.billed_usage,
        "documents": {invoices[message["invoice"]].number for message in scene.take(DOCUMENT_QUEUE)},
    }

"""A payment pays lines of invoices, while others change them."""

from collections.abc import Sequence
from datetime import date, timedelta

from functions.billing.invoicing.allocating import Wanted
from functions.billing.models.invoice import Invoice
from functions.billing.models.payment import Payment
from functions.billing.ports import OutdatedError, Stored
from functions.billing.usecases.allocate_payment import AllocatePayment
from tests.builders import NOW, make_attribute, make_order, make_payment
from tests.fakes.payment_ledger import FakePaymentLedger
from tests.fakes.shop import ORG, Shop

MINUTE = timedelta(minutes=1)


class OvertakenLedger(FakePaymentLedger):
    """Somebody else is faster the first time."""

    overtaken = False

    def commit(self, organization_id: str, payment: Stored[Payment], invoices: Sequence[Stored[Invoice]]) -> None:
        if not self.overtaken:
            self.overtaken = True
            raise OutdatedError
        super().commit(organization_id, payment, invoices)


def test_an_allocation_that_others_overtook_is_dated_after_them() -> None:
    """The credits that it releases would else have come before what was charged without them in the meantime."""
    shop = Shop()
    shop.sell(make_order(make_attribute(), auto_post_invoices=True))
    (june,) = shop.bill_until(date(2025, 6, 1))
    shop.payments.insert(ORG, make_payment(100))
    moments = iter([NOW + MINUTE, NOW + 2 * MINUTE])
    ledger = OvertakenLedger(shop.payments, shop.register)
    allocate = AllocatePayment(ledger=ledger, is_uncertain=lambda _: False, present=lambda _: next(moments))

    (applied,) = allocate(ORG, make_payment(100).id, [Wanted(june.line_name(june.lines[0]), 10)], key="a")

    assert applied.allocation.allocated_at == NOW + 2 * MINUTE

"""All that an organization has, as the other fakes hold it."""

from collections.abc import Iterator

from functions.billing.models.audit import Appended, Given
from functions.billing.models.customer import Customer
from functions.billing.models.invoice import Invoice
from functions.billing.models.payment import Payment
from tests.fakes.collection import FakeCollection
from tests.fakes.invoice_register import FakeInvoiceRegister
from tests.fakes.signal_log import FakeSignalLog


class FakeInventory:
    """Fulfils what each stage of an audit asks for; two of everything at a time."""

    def __init__(
        self,
        *,
        customers: FakeCollection[Customer],
        log: FakeSignalLog,
        register: FakeInvoiceRegister,
        payments: FakeCollection[Payment],
    ) -> None:
        self._payments = payments
        self._customers = customers
        self._log = log
        self._register = register

    def customer_ids(self, organization_id: str, *, after: str) -> Iterator[str]:
        ids = sorted(customer_id for owner, customer_id in self._customers.stored if owner == organization_id)
        return (customer_id for customer_id in ids if customer_id > after)

    def segments(self, organization_id: str, *, after: str) -> Iterator[list[Appended]]:
        found = [
            Appended(f"{segment.logged_at.isoformat()}#{log.customer_id}#{log.shard}#{number:012d}", log, number)
            for log, segments in self._log.segments.items()
            if log.organization_id == organization_id
            for number, segment in enumerate(segments, start=1)
            if segment.entries
        ]
        following = sorted((segment for segment in found if segment.key > after), key=lambda segment: segment.key)
        return (following[i : i + 2] for i in range(0, len(following), 2))

    def invoices(self, organization_id: str, *, after: str) -> Iterator[list[Invoice]]:
        stored = sorted(key for key in self._register.stored if key[0] == organization_id and key[1] > after)
        found = [self._register.stored[key].value for key in stored]
        return (found[i : i + 2] for i in range(0, len(found), 2))

    def payments(self, organization_id: str, *, after: str) -> Iterator[list[Payment]]:
        stored = sorted(key for key in self._payments.stored if key[0] == organization_id and key[1] > after)
        found = [self._payments.stored[key].value for key in stored]
        return (found[i : i + 2] for i in range(0, len(found), 2))

    def numbers(self, organization_id: str, *, after: int) -> Iterator[list[Given]]:
        numbered = self._register.numbered.get(organization_id, [])
        found = [Given(number, invoice_id) for number, invoice_id in enumerate(numbered, start=1) if number > after]
        return (found[i : i + 2] for i in range(0, len(found), 2))

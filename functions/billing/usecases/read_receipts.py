"""What became of logged signals, by the terms, the checkpoints and the invoices of today. Writes nothing."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from functions.billing.invoicing.issue_days import issue_days
from functions.billing.models.invoice import Invoice, InvoiceStatus, invoice_id, rebill_id
from functions.billing.models.order import Order
from functions.billing.models.schedule import BillingSchedule
from functions.billing.models.segment import SignalPosition
from functions.billing.models.signal import LoggedSignal
from functions.billing.models.usage import Checkpoint
from functions.billing.ports import Checkpoints, Collection, InvoiceRegister, RatingState, Schedules
from functions.billing.rating.invoice_trail import InvoiceTrail
from functions.billing.rating.receipt import Count, Receipt, Receipts


@dataclass(frozen=True, slots=True)
class _Asked:
    """A signal, and what it counts for by the plan of its customer."""

    signal: LoggedSignal
    position: SignalPosition
    state: RatingState
    receipts: Receipts

    @property
    def counts(self) -> list[Count]:
        return self.receipts.counts(self.signal)

    def receipt(self, trail: InvoiceTrail) -> Receipt:
        stored = self.state.checkpoints.get(self.position.log.shard)
        checkpoint = Checkpoint() if stored is None else stored.value
        return self.receipts.of(self.signal, self.position, checkpoint=checkpoint, trail=trail)


@dataclass(frozen=True, slots=True)
class _Billing:
    """An order that has been billed, and how far."""

    order: Order
    schedule: BillingSchedule

    def invoice_ids(self, due_on: date, *, is_late: bool) -> Iterator[str]:
        """Of the day on which a period fell due; or, for what came late, of all later ones."""
        days = issue_days(self.order, due_on, until=self.schedule.billed_until or date.min)
        return (invoice_id(self.order, day) for day in days if (day > due_on) == is_late)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadReceipts:
    """Reads a hundred things a call, so that a page takes as many calls as there are steps, not signals.

    Of one customer, plan and checkpoints are one call. A thousand customers with an order each are at most ten calls
    for each of plans, checkpoints, schedules, orders, and invoices of the days on which periods fell due. Beyond that
    there is only one call for each customer whose log is split, one for every hundred days on which late signals may
    have been billed, and one for every hundred voided invoices.
    """

    checkpoints: Checkpoints
    schedules: Schedules
    orders: Collection[Order]
    register: InvoiceRegister

    def __call__(self, organization_id: str, signals: Sequence[LoggedSignal]) -> list[Receipt]:
        """The receipts in the order of the signals; those of several customers may be a moment old."""
        positions = [SignalPosition.parse(organization_id, signal.id) for signal in signals]
        states = self._states(organization_id, positions)
        receipts = {customer_id: Receipts(state.plan, customer_id=customer_id) for customer_id, state in states.items()}
        asked = [
            _Asked(signal, position, states[customer_id], receipts[customer_id])
            for signal, position in zip(signals, positions, strict=True)
            for customer_id in [position.log.customer_id]
        ]
        trail = self._trail(organization_id, asked)
        return [each.receipt(trail) for each in asked]

    def _states(self, organization_id: str, positions: Iterable[SignalPosition]) -> dict[str, RatingState]:
        """Many at once have the checkpoint of the first shard only; whose log is split is loaded by itself."""
        shards: dict[str, set[int]] = {}
        for position in positions:
            shards.setdefault(position.log.customer_id, set()).add(position.log.shard)
        alone = [customer_id for customer_id, its in shards.items() if its != {0} or len(shards) == 1]
        together = shards.keys() - set(alone)
        states = self.checkpoints.load_many(organization_id, together) if together else {}
        return states | {customer_id: self.checkpoints.load(organization_id, customer_id) for customer_id in alone}

    def _trail(self, organization_id: str, asked: Sequence[_Asked]) -> InvoiceTrail:
        """With every invoice that charges one of the signals."""
        billings = self._billings(organization_id, asked)
        invoices: dict[str, Invoice] = {}
        trail = InvoiceTrail(())
        for is_late in (False, True):
            open_periods = {
                (count.entry.order_id, count.period.end)
                for each in asked
                for count in each.receipt(trail).counts
                if count.invoice is None and count.entry.order_id in billings
                if _is_charged(count, billings[count.entry.order_id].schedule)
            }
            wanted = {
                wanted_id
                for order_id, due_on in open_periods
                for wanted_id in billings[order_id].invoice_ids(due_on, is_late=is_late)
            }
            invoices |= self._invoices(organization_id, wanted - invoices.keys())
            trail = InvoiceTrail(invoices.values())
        return trail

    def _billings(self, organization_id: str, asked: Iterable[_Asked]) -> dict[str, _Billing]:
        """The orders whose invoices charge some of what was asked for."""
        counts = [count for each in asked for count in each.counts]
        named = dict.fromkeys(count.entry.order_id for count in counts)
        schedules = {id_: stored.value for id_, stored in self.schedules.get_many(organization_id, named).items()}
        charged = {
            count.entry.order_id
            for count in counts
            if count.entry.order_id in schedules and _is_charged(count, schedules[count.entry.order_id])
        }
        orders = self.orders.get_many(organization_id, charged)
        return {order_id: _Billing(order, schedules[order_id]) for order_id, order in orders.items()}

    def _invoices(self, organization_id: str, invoice_ids: Iterable[str]) -> dict[str, Invoice]:
        """Those that exist, and those that bill voided ones again."""
        found: dict[str, Invoice] = {}
        wanted = list(invoice_ids)
        while wanted:
            read = self.register.get_many(organization_id, wanted)
            found |= read
            wanted = [rebill_id(each) for each in read.values() if each.status is InvoiceStatus.VOIDED]
        return found


def _is_charged(count: Count, schedule: BillingSchedule) -> bool:
    """Whether an invoice charges anything for the price and period."""
    return count.period.start in schedule.billed_usage.get(count.entry.order_line_attribute_id, {})

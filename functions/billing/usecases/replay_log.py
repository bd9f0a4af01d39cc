"""The books of a customer, held against its log (laws 2 and 3): usage, drafts and posted invoices are made again.

One pass over each shard of the log serves everything: the checkpoint that is stored, and every place through which an
invoice was counted. Nothing is written. Whoever writes meanwhile does no harm: where something differs, the books are
read once more, and replayed once more if they have changed.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date

from functions.billing.invoicing.audit import Account, audited
from functions.billing.invoicing.overage import horizon, in_money
from functions.billing.invoicing.replay import UsageKey, billing_days, usage_keys
from functions.billing.invoicing.terms_history import TermsHistory
from functions.billing.models.audit import (
    MAX_FINDINGS,
    Allowance,
    Book,
    Difference,
    Finding,
    LogTooLong,
    Remark,
    Replayed,
)
from functions.billing.models.credit import CreditGrant
from functions.billing.models.invoice import Invoice, InvoiceStatus, invoice_id, rebill_id
from functions.billing.models.order import Order
from functions.billing.models.schedule import BillingSchedule
from functions.billing.models.segment import LogId, Segment
from functions.billing.models.usage import Checkpoint, RatingPlan, Usage, parts_of, total_usage
from functions.billing.ports import (
    Checkpoints,
    Collection,
    Granted,
    InvoiceRegister,
    MissingPageError,
    RatingState,
    Schedules,
    SignalLog,
)
from functions.billing.rating.replay import checkpoints_at, usage_findings

SEGMENTS_PER_READ = 100

_MAX_TRIES = 3
_ALL = 1_000_000


@dataclass(frozen=True, slots=True)
class _Books:
    """What is stored of a customer."""

    rating: RatingState
    accounts: tuple[Account, ...]

    def invoices(self) -> Iterator[tuple[Order, Invoice]]:
        return ((account.order, invoice) for account in self.accounts for invoice in account.invoices)

    def stand_still(self, later: "_Books") -> bool:
        """Whether what is compared with each other was read as of one moment; a checkpoint is one by itself."""
        return self.rating.plan == later.rating.plan and self.accounts == later.accounts


@dataclass(slots=True)
class _Shard:
    """A shard of the log, rated anew: all usage at `rated_through`, and what is wanted of it at other segments."""

    rated_through: int
    in_credits: Set[str] = frozenset()
    """Prices whose usage is wanted whole, at each of those segments: what was taken of a grant before counts too."""
    wanted: dict[int, set[UsageKey]] = field(default_factory=dict[int, set[UsageKey]])
    rated: Checkpoint = field(default_factory=Checkpoint)
    usage: dict[int, Usage] = field(default_factory=dict[int, Usage])
    segments: int = 0
    signals: int = 0

    @property
    def last(self) -> int:
        """The last segment that is asked about."""
        return max((self.rated_through, *self.wanted))

    def keep(self, checkpoint: Checkpoint, segment: int) -> None:
        self.usage[segment] = _only(checkpoint.usage, self.wanted.get(segment, set()), whole=self.in_credits)
        if segment == self.rated_through:
            self.rated = checkpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayLog:
    """Reads a log from its beginning through the last segment that the books speak of."""

    log: SignalLog
    checkpoints: Checkpoints
    orders: Collection[Order]
    schedules: Schedules
    register: InvoiceRegister
    granted: Granted

    def __call__(self, organization_id: str, customer_id: str, allowance: Allowance) -> Replayed:
        """Raises LogTooLong when the time is up."""
        customer = LogId(organization_id, customer_id)
        books = self._books(customer)
        replayed = self._replay(customer, books, allowance)
        for _ in range(_MAX_TRIES - 1):
            if not replayed.differs:
                break
            before, books = books, self._books(customer)
            if books.stand_still(before):
                break
            replayed = self._replay(customer, books, allowance)
        return replayed

    def _replay(self, customer: LogId, books: _Books, allowance: Allowance) -> Replayed:
        shards = _shards(books)
        for number, shard in shards.items():
            log = LogId(customer.organization_id, customer.customer_id, number)
            self._rate(log, books.rating.plan, shard, allowance)
        return Replayed(
            customers=1,
            segments=sum(shard.segments for shard in shards.values()),
            signals=sum(shard.signals for shard in shards.values()),
            invoices=sum(1 for _ in books.invoices()),
            findings=_not_too_many(customer, list(self._findings(customer, books, shards))),
        )

    def _findings(self, customer: LogId, books: _Books, shards: Mapping[int, _Shard]) -> Iterator[Finding]:
        plan = books.rating.plan
        for number, stored in sorted(books.rating.checkpoints.items()):
            log = LogId(customer.organization_id, customer.customer_id, number)
            yield from self._usage_findings(log, plan, stored.value, shards[number].rated)
        for _, invoice in books.invoices():
            yield from _positions_beyond_the_log(invoice, shards)
        rated = total_usage(shard.rated for shard in shards.values())
        grants = self._grants(customer, plan, through=horizon(plan, rated))
        used = in_money(plan, rated, grants)
        terms = TermsHistory(plan, tuple(account.order for account in books.accounts))
        for account in books.accounts:
            usage = {invoice.id: in_money(plan, _usage_of(invoice, shards), grants) for invoice in account.invoices}
            yield from audited(account, usage, used, terms)

    def _usage_findings(
        self, log: LogId, plan: RatingPlan, stored: Checkpoint, replayed: Checkpoint
    ) -> Iterator[Finding]:
        try:
            whole = self.checkpoints.whole({log: stored})[log]
        except MissingPageError as missing:
            yield Difference(Book.USAGE, log.customer_id, f"shard {log.shard} pages", str(missing), "one that is there")
            return
        yield from usage_findings(log, plan, stored=whole, replayed=replayed)

    def _grants(self, customer: LogId, plan: RatingPlan, *, through: date) -> Sequence[CreditGrant]:
        if not plan.takes_credits:
            return ()
        return self.granted(customer.organization_id, customer.customer_id, plan, through=through)

    def _rate(self, log: LogId, plan: RatingPlan, shard: _Shard, allowance: Allowance) -> None:
        asked = {shard.rated_through, *shard.wanted}
        checkpoint = Checkpoint()
        for checkpoint in checkpoints_at(asked, plan, self._reads(log, shard, allowance)):
            shard.keep(checkpoint, checkpoint.rated_through)
        for beyond_the_end in asked - shard.usage.keys():
            shard.keep(checkpoint, beyond_the_end)

    def _reads(self, log: LogId, shard: _Shard, allowance: Allowance) -> Iterator[list[Segment]]:
        """The log through the last segment that is asked about, but not beyond one that is missing."""
        while shard.segments < shard.last:
            if not allowance.may_go_on():
                raise LogTooLong(log.customer_id)
            limit = min(SEGMENTS_PER_READ, shard.last - shard.segments)
            read = self.log.read(log, after=shard.segments, limit=limit)
            following = [s for place, s in enumerate(read, start=shard.segments + 1) if s.number == place]
            shard.segments += len(following)
            shard.signals += sum(len(segment.entries) for segment in following)
            yield following
            if len(following) < limit:
                return

    def _books(self, customer: LogId) -> _Books:
        organization_id = customer.organization_id
        rating = self.checkpoints.load(organization_id, customer.customer_id)
        page = self.orders.page(organization_id, limit=_ALL, offset=0, owner=customer.customer_id)
        schedules = self.schedules.get_many(organization_id, [order.id for order in page.items])
        orders = self.orders.get_many(organization_id, schedules)  # the list by owner may be a moment old
        billed = [(orders[order_id], stored.value) for order_id, stored in schedules.items() if order_id in orders]
        invoices = self._invoices(organization_id, billed)
        accounts = (Account(order, schedule, tuple(invoices[order.id])) for order, schedule in billed)
        return _Books(rating, tuple(sorted(accounts, key=lambda account: account.order.id)))

    def _invoices(
        self, organization_id: str, billed: Iterable[tuple[Order, BillingSchedule]]
    ) -> Mapping[str, list[Invoice]]:
        """Per order its invoices, by day of issue: those of the days of billing, and what bills voided ones again."""
        order_of = {
            invoice_id(order, day): order.id for order, schedule in billed for day in _days_billed(order, schedule)
        }
        found: dict[str, list[Invoice]] = defaultdict(list)
        while order_of:
            existing = self.register.get_many(organization_id, order_of)
            for each, invoice in existing.items():
                found[order_of[each]].append(invoice)
            order_of = {
                rebill_id(invoice): order_of[each]
                for each, invoice in existing.items()
                if invoice.status is InvoiceStatus.VOIDED
            }
        for invoices in found.values():
            invoices.sort(key=lambda invoice: (invoice.issue_date, invoice.id))
        return found


def _days_billed(order: Order, schedule: BillingSchedule) -> set[date]:
    days = set(schedule.drafts)
    if schedule.promised is not None:
        days.add(schedule.promised.issue_date)
    if schedule.billed_until is not None:
        days.update(billing_days(order, through=schedule.billed_until))
    return days


def _shards(books: _Books) -> dict[int, _Shard]:
    """What is to be known of each shard."""
    in_credits = {each.order_line_attribute_id for each in books.rating.plan.entries if each.credits is not None}
    stored = {0: 0, **{number: each.value.rated_through for number, each in books.rating.checkpoints.items()}}
    shards = {number: _Shard(rated_through, in_credits) for number, rated_through in sorted(stored.items())}
    for order, invoice in books.invoices():
        keys = usage_keys(order, invoice)
        for number, segment in invoice.log_positions.items():
            shard = shards.setdefault(number, _Shard(0, in_credits))
            shard.wanted.setdefault(segment, set()).update(keys)
    return shards


def _not_too_many(customer: LogId, findings: list[Finding]) -> tuple[Finding, ...]:
    if len(findings) <= MAX_FINDINGS:
        return tuple(findings)
    kept = sorted(findings, key=lambda finding: isinstance(finding, Remark))[:MAX_FINDINGS]
    more = f"{len(findings) - MAX_FINDINGS} more differences and remarks are left out"
    return (*kept, Remark(Book.USAGE, customer.customer_id, more))


def _positions_beyond_the_log(invoice: Invoice, shards: Mapping[int, _Shard]) -> Iterator[Difference]:
    for number, segment in sorted(invoice.log_positions.items()):
        if segment > shards[number].segments:
            field_name, end = f"log_positions {number}", str(shards[number].segments)
            yield Difference(Book.INVOICE, invoice.id, field_name, str(segment), end)


def _usage_of(invoice: Invoice, shards: Mapping[int, _Shard]) -> Usage:
    """The usage that counts for the invoice's prices at its own log positions."""
    places = invoice.log_positions.items()
    return total_usage(Checkpoint(usage=shards[number].usage[segment]) for number, segment in places)


def _only(usage: Usage, keys: Set[UsageKey], *, whole: Set[str]) -> Usage:
    kept: Usage = {key: days for key, days in usage.items() if parts_of(key)[0] in whole}
    for attribute_id, start in keys:
        if attribute_id not in whole and start in usage.get(attribute_id, {}):
            kept.setdefault(attribute_id, {})[start] = usage[attribute_id][start]
    return kept

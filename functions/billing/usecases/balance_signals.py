"""Every accepted signal of an organization is looked for (law 1): the logs are read, and tallied by message.

First the settlements, then the logs: what a message left in the log before its settlement was written is found there,
so that the rest are the repeats. What is appended meanwhile by another message is in flight, as of this look.

Of each shard only what is rated is looked at, and its rating is first brought to its end.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from functions.billing.accounting.attribution import Attribution
from functions.billing.accounting.tally import FaultCode, Tally
from functions.billing.errors import BillingError, Busy
from functions.billing.models.audit import Allowance, Appended, LogTooLong
from functions.billing.models.organization import Organization
from functions.billing.models.segment import LogId, Segment
from functions.billing.models.usage import Checkpoint, RatingPlan
from functions.billing.ports import Checkpoints, RatingState, Settlements, SignalLog

SEGMENTS_PER_READ = 100

_MAX_TRIES = 5

First = dict[int, int]
"""Shard -> number of the first segment that is of interest."""

Rating = Callable[[str, str], Mapping[int, Checkpoint]]
"""Brings the usage of an organization's customer to the end of its log: see `advance_rating`."""


class Segments(Protocol):
    def segments(self, organization_id: str, *, after: str) -> Iterator[list[Appended]]:
        """All of an organization with signals in them, in the order of their making, some at a time."""
        ...


@dataclass(slots=True)
class BalanceStep:
    """A balance under way: what is tallied, and the customer after which it goes on; None after the last."""

    tally: Tally
    after: str | None = ""
    known_customers: int = field(default=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceSignals:
    """Customer by customer, as many in a call as there is time for."""

    log: SignalLog
    checkpoints: Checkpoints
    settlements: Settlements
    inventory: Segments
    advance_rating: Rating

    def begin(self, organization_id: str, *, day: str | None) -> BalanceStep:
        """Of messages received on the ISO date `day`; of all if it is None."""
        tally = Tally(day)
        for stored in self.settlements.all(organization_id, after=day or ""):
            if day is not None and not stored.value.message.startswith(f"{day}#"):
                break
            if day is None or stored.value.source is not None:
                tally.settled(stored.value)
        return BalanceStep(tally)

    def go_on(self, organization: Organization, step: BalanceStep, allowance: Allowance) -> BalanceStep:
        """At least one customer more.

        Raises:
            LogTooLong: there is not the time for a single one.
            TooManyMessages: the tally would take too much memory.
        """
        logs = self._logs(organization.id, _since(organization, step.tally.day))
        waiting = [customer_id for customer_id in sorted(logs) if customer_id > (step.after or "")]
        tally, after, begun = step.tally, step.after, False
        for customer_id in waiting:
            if begun and not allowance.may_begin():
                return BalanceStep(tally, after, len(logs))
            try:
                found = self._customer(LogId(organization.id, customer_id), logs[customer_id], tally.day, allowance)
            except LogTooLong:
                if not begun:
                    raise
                return BalanceStep(tally, after, len(logs))
            tally.add(found)
            after, begun = customer_id, True
        return BalanceStep(tally, None, len(logs))

    def _logs(self, organization_id: str, since: str) -> dict[str, First]:
        """Whose logs have signals."""
        logs: dict[str, First] = {}
        for some in self.inventory.segments(organization_id, after=since):
            for _, log, number in some:
                first = logs.setdefault(log.customer_id, {})
                first[log.shard] = min(number, first.get(log.shard, number))
        return logs

    def _customer(self, customer: LogId, first: First, day: str | None, allowance: Allowance) -> Tally:
        tally = Tally(day, customers=1)
        state = self._rated(customer, tally)
        attribution = Attribution(state.plan, customer_id=customer.customer_id)
        for shard, stored in sorted(state.checkpoints.items()):
            if day is not None and shard not in first:
                continue
            log = LogId(customer.organization_id, customer.customer_id, shard)
            before = 0 if day is None else first[shard] - 1
            found = Tally(day)
            for segment in self._segments(log, before, stored.value.rated_through, allowance):
                found.found(segment, attribution)
            if day is None:
                _hold_against(stored.value, state.plan, log, found)
            tally.add(found)
        return tally

    def _rated(self, customer: LogId, tally: Tally) -> RatingState:
        """The checkpoints at the ends of the shards and the plan they were rated by, or as far as they are."""
        whose = customer.organization_id, customer.customer_id
        for _ in range(_MAX_TRIES):
            try:
                self.advance_rating(*whose)
            except BillingError as error:
                tally.wrong(
                    FaultCode.RATING_BEHIND,
                    f"the usage of customer {customer.customer_id} cannot be brought to the end of its log: "
                    f"{error.sentence}; until then nothing further of it is billed",
                )
                return self.checkpoints.load(*whose)
            state = self.checkpoints.load(*whose)
            if all(stored.value.plan_version == state.plan.version for stored in state.checkpoints.values()):
                return state
        raise Busy(f"the terms of customer {customer.customer_id} keep changing, try again")

    def _segments(self, log: LogId, after: int, through: int, allowance: Allowance) -> Iterator[Segment]:
        """Raises LogTooLong as soon as there is no time to go on."""
        while after < through:
            if not allowance.may_go_on():
                raise LogTooLong(log.customer_id)
            segments = self.log.read(log, after=after, limit=min(SEGMENTS_PER_READ, through - after))
            if not segments:
                return
            yield from segments
            after = segments[-1].number


def _since(organization: Organization, day: str | None) -> str:
    """When the log got the first message of the day; the clock of a test organization may have gone back since."""
    return "" if day is None or organization.test else day


def _hold_against(rated: Checkpoint, plan: RatingPlan, log: LogId, found: Tally) -> None:
    """What the rating counted goes into the balance; that it is what was found is a part of its adding up."""
    is_comparable = rated.plan_version == plan.version
    if is_comparable and (rated.counted, rated.unattributed) != (found.counted, found.unattributed):
        found.wrong(
            FaultCode.RATING_DIFFERS,
            f"the usage of customer {log.customer_id}, shard {log.shard}, is of {rated.counted:,} counted and "
            f"{rated.unattributed:,} unattributed signals, but its log holds {found.counted:,} and "
            f"{found.unattributed:,} through the same segment: see what differs (owed replay ORG --customer "
            f"{log.customer_id})",
        )
    found.counted, found.unattributed = rated.counted, rated.unattributed

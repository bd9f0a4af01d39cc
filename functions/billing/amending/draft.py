"""An amendment in the making: the order as far as it is changed, and what is noted down about each change."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from functions.billing.amending.standing import Standing
from functions.billing.errors import InvalidInput
from functions.billing.models.amendment import (
    AttributeDiff,
    AttributeState,
    Axis,
    ChangeKind,
    CreditEffectKind,
    PlannedAdd,
    PlannedEnd,
    PlannedOrderTerm,
    PlannedReplace,
    Resolution,
    Source,
    Treatment,
    UsageEffect,
    UsageEffectKind,
)
from functions.billing.models.order import Order, OrderLine, OrderLineAttribute, is_seat
from functions.billing.models.pricing import PricingModel
from functions.billing.money import round_to_minor
from functions.billing.rating.rate import rate

OF_MONEY = (Treatment.NONE, Treatment.PRORATE)
OF_USAGE = (Treatment.SIGNALS_FROM_AMENDMENT, Treatment.ALL_SIGNALS_IN_PERIOD)

REASONS = {
    Treatment.NONE: "the current period stays as it is charged, and the change begins with the next",
    Treatment.PRORATE: "the days from the amendment on are settled now",
    Treatment.SIGNALS_FROM_AMENDMENT: "signals before the amendment keep their price",
    Treatment.ALL_SIGNALS_IN_PERIOD: "all signals of the current period get the new price",
}


@dataclass(frozen=True, slots=True)
class Noted:
    """Credits that may end, or come, with a component."""

    intent_index: int
    kind: CreditEffectKind
    attribute_id: str
    lineage: str
    on: date


@dataclass(slots=True)
class Draft:
    """Filled by one intent after the other; `index` is that of the intent whose turn it is."""

    order: Order
    standing: Standing
    default: Treatment | None = None
    index: int = 0
    ends: list[PlannedEnd] = field(default_factory=list[PlannedEnd])
    replaces: list[PlannedReplace] = field(default_factory=list[PlannedReplace])
    adds: list[PlannedAdd] = field(default_factory=list[PlannedAdd])
    order_term: PlannedOrderTerm | None = None
    resolutions: list[Resolution] = field(default_factory=list[Resolution])
    usage_effects: list[UsageEffect] = field(default_factory=list[UsageEffect])
    credit_changes: list[Noted] = field(default_factory=list[Noted])
    diffs: list[AttributeDiff] = field(default_factory=list[AttributeDiff])
    touched: dict[str, int] = field(default_factory=dict[str, int])
    """By component the intent that ended, changed or made it."""

    def branched(self, *, default: Treatment | None) -> "Draft":
        """Another draft that is as far as this one, and leaves this one alone."""
        return replace(
            self,
            default=default,
            ends=[*self.ends],
            replaces=[*self.replaces],
            adds=[*self.adds],
            resolutions=[*self.resolutions],
            usage_effects=[*self.usage_effects],
            credit_changes=[*self.credit_changes],
            diffs=[*self.diffs],
            touched={**self.touched},
        )

    def put(self, line: OrderLine, old: OrderLineAttribute, *new: OrderLineAttribute | None) -> OrderLine:
        """Sets what is not None of `new` in the place of `old`; the line as it is then."""
        self.order = with_attributes(self.order, line, old, [each for each in new if each is not None])
        for each in (old, *new):
            if each is not None:
                self.touched.setdefault(each.id, self.index)
        return next(each for each in self.order.lines if each.id == line.id)

    def forget_after(self, line: OrderLine, attribute: OrderLineAttribute) -> tuple[OrderLine, OrderLineAttribute]:
        """Both, without what was to follow the component and never would: it would, once the end moves back.

        Nothing stands in its place then, so that it goes on for as long as the last of them would have.
        """
        starts = self.order.calendar(line, attribute).start
        own = [each for each in line.attributes if each.lineage == attribute.lineage]
        later = [each for each in own if self.order.calendar(line, each).start > starts]
        if not later:
            return line, attribute
        alone = _ending_as(attribute, later[-1])
        kept = [alone if each.id == attribute.id else each for each in line.attributes if each not in later]
        left = line.model_copy(update={"attributes": tuple(kept)})
        self.order = with_line(self.order, left)
        return left, alone

    def resolve(self, axis: Axis, value: str, source: Source, reason: str) -> None:
        self.resolutions.append(
            Resolution(intent_index=self.index, axis=axis, value=value, source=source, reason=reason)
        )

    def usage(self, kind: UsageEffectKind, attribute: OrderLineAttribute) -> None:
        self.usage_effects.append(UsageEffect(intent_index=self.index, kind=kind, attribute_id=attribute.id))

    def credits(self, kind: CreditEffectKind, attribute: OrderLineAttribute, on: date) -> None:
        """Notes that credits of the component may end, or come, on a day: how many shows once all intents are done."""
        if attribute.pricing.benefits:
            self.credit_changes.append(Noted(self.index, kind, attribute.id, attribute.lineage, on))

    def credits_of_seats(self, line: OrderLine, seats: OrderLineAttribute, on: date) -> None:
        """As `credits` of what else on the line may bring some to each of the seats."""
        for each in line.attributes if is_seat(seats) else ():
            if each.lineage != seats.lineage:
                self.credits(CreditEffectKind.GRANT, each, on)

    def diff(
        self,
        change: ChangeKind,
        line: OrderLine | None = None,
        *,
        before: OrderLineAttribute | None = None,
        after: OrderLineAttribute | None = None,
        governs_from: date | None = None,
    ) -> None:
        named = after or before
        self.diffs.append(
            AttributeDiff(
                intent_index=self.index,
                change=change,
                order_line_id=None if line is None else line.id,
                attribute_id=None if named is None else named.id,
                before=None if line is None or before is None else state_of(self.order, line, before),
                after=None if line is None or after is None else state_of(self.order, line, after),
                governs_from=governs_from,
            )
        )


def axis_of(attribute: OrderLineAttribute) -> Axis:
    """What there is to choose for the component: usage is counted anew or not, money is settled now or not."""
    return Axis.USAGE if attribute.counts_signals else Axis.MONEY


def choose(draft: Draft, wanted: Treatment | None, axis: Axis, *, reason: str | None = None) -> Treatment:
    """The treatment on that axis, noted down. Raises InvalidInput for one of the other axis.

    The request's default is for all intents, whatever their axes: it holds for those that it fits. Where it fits the
    axis and is refused all the same, the intent is planned again without it.
    """
    choices = OF_USAGE if axis is Axis.USAGE else OF_MONEY
    if wanted is not None and wanted not in choices:
        kind = "counted from signals" if axis is Axis.USAGE else "charged by periods"
        raise InvalidInput(f"treatment is {wanted}, expected {' or '.join(choices)}: what the intent changes is {kind}")
    by_request = draft.default if draft.default in choices else None
    source = Source.DEFAULT if by_request is None else Source.REQUEST_DEFAULT
    chosen = wanted or by_request or choices[0]
    draft.resolve(axis, chosen, Source.REQUEST if wanted is not None else source, reason or REASONS[chosen])
    return chosen


def with_attributes(order: Order, line: OrderLine, old: OrderLineAttribute, new: Sequence[OrderLineAttribute]) -> Order:
    """The order with other components in the place of one."""
    attributes = [each for own in line.attributes for each in (new if own.id == old.id else (own,))]
    return with_line(order, line.model_copy(update={"attributes": tuple(attributes)}))


def with_line(order: Order, line: OrderLine) -> Order:
    """The order with this line in the place of that with its id."""
    lines = tuple(line if each.id == line.id else each for each in order.lines)
    return order.model_copy(update={"lines": lines})


def _ending_as(attribute: OrderLineAttribute, other: OrderLineAttribute) -> OrderLineAttribute:
    return attribute.model_copy(update={"amended": attribute.term.model_copy(update={"ends_on": other.term.ends_on})})


def state_of(order: Order, line: OrderLine, attribute: OrderLineAttribute) -> AttributeState:
    """What the component is sold at; of usage nobody knows how much there will be, nor of a percentage of what."""
    pricing, quantity = attribute.pricing, 0 if attribute.counts_signals else attribute.quantity
    is_fixed = pricing.needs_price_point and pricing.is_sold_in(order.currency)
    has_total = is_fixed and not attribute.counts_signals
    rule, amounts = pricing.credits, [benefit.amount_micro for benefit in pricing.benefits if not benefit.is_infinite]
    return AttributeState(
        quantity=quantity,
        unit_price_minor=(
            pricing.price_in(order.currency).unit_price_minor
            if is_fixed and pricing.model is PricingModel.PER_UNIT
            else None
        ),
        total_minor=round_to_minor(rate(pricing, quantity, currency=order.currency).amount) if has_total else None,
        credit_cost=None if rule is None or rule.brackets else str(rule.cost),
        credits_micro=sum(amounts) * attribute.quantity if amounts else None,
        has_infinite_credits=any(benefit.is_infinite for benefit in pricing.benefits),
        currency=order.currency,
        charge_type=pricing.charge_type,
        product_id=line.product_id,
    )

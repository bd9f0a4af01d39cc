"""Why a line amounts to what it does (law 4): everything it follows from, and the amount computed from that again."""

from dataclasses import dataclass
from decimal import Decimal

from functions.billing.invoicing.dues import Due
from functions.billing.invoicing.lines import is_part_of_total, is_percentage, share_of
from functions.billing.models.invoice import Invoice, InvoiceLine
from functions.billing.models.order import Order, OrderLine, OrderLineAttribute
from functions.billing.models.pricing import PricePoint, Pricing
from functions.billing.models.tiers import lower_bound
from functions.billing.money import round_to_minor
from functions.billing.periods import Period, prorated
from functions.billing.rating.charge import Charge
from functions.billing.rating.counted_signals import CountedSignals
from functions.billing.rating.rate import rate


class UnexplainedError(Exception):
    """The frozen pricing gives another line than the invoice has: a mistake of ours, and never to be hidden."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a line is computed from.

    `charge` is that of a full period. `share` says which part of it is charged, days of days, `exact` is that part in
    minor units, and `rounded` is `exact` rounded, of which a late line charges what exceeds `billed_before_minor`; a
    line that repays another gives it back. `parts` are the lines that a percentage is taken of. `signals` are given
    where usage was counted. `plan_id` is the plan that it was sold from, if any.
    """

    invoice: Invoice
    line: InvoiceLine
    plan_id: str | None
    pricing: Pricing
    charge: Charge
    share: tuple[int, int]
    exact: Decimal
    rounded: int
    billed_before_minor: int
    parts: tuple[InvoiceLine, ...]
    signals: CountedSignals | None

    @property
    def amount_minor(self) -> int:
        return self.rounded - self.billed_before_minor if self.line.repays is None else -self.rounded

    @property
    def is_prorated(self) -> bool:
        """Whether less than a full period is charged."""
        return self.share[0] != self.share[1]

    @property
    def point(self) -> PricePoint | None:
        """The price in the invoice's currency; None where the price is a multiple of other amounts."""
        return self.pricing.price_in(self.invoice.currency) if self.pricing.needs_price_point else None

    @property
    def signals_note(self) -> str | None:
        """Where the log, as it counts today, does not say what the line says."""
        if self.signals is None or self.signals.found == self.line.quantity or self.pricing.model.takes_credits:
            return None
        return (
            "the log counts otherwise today: the terms of an order have changed since, or the line continues from an "
            "invoice that charged the rest"
        )

    def bounds(self, number: int) -> tuple[int, int | None]:
        """The first and the last quantity of a tier, which counts from 1."""
        tiers = self.pricing.price_in(self.invoice.currency).tiers
        return lower_bound(tiers, number - 1), tiers[number - 1].up_to


def explain(order: Order, invoice: Invoice, line: InvoiceLine, signals: CountedSignals | None) -> Explanation:
    """Computes the line anew, from the pricing that the order was sold at and from the quantity.

    Raises UnexplainedError unless that gives the line that is there.
    """
    order_line, attribute = _sold(order, line)
    parts = (
        tuple(other for other in invoice.lines if is_part_of_total(order, other)) if is_percentage(attribute) else ()
    )
    quantity = sum(part.amount_minor for part in parts) if is_percentage(attribute) else line.quantity
    period = Period(line.period_start, line.period_end)
    share = share_of(order, Due(invoice.issue_date, order_line, attribute, period, is_repayment=bool(line.repays)))
    charge = rate(attribute.pricing, quantity, currency=invoice.currency)
    before = rate(attribute.pricing, line.billed_before, currency=invoice.currency)
    exact = prorated(charge.amount, share)
    explanation = Explanation(
        invoice=invoice,
        line=line,
        plan_id=order_line.plan_id,
        pricing=attribute.pricing,
        charge=charge,
        share=share,
        exact=exact,
        rounded=round_to_minor(exact),
        billed_before_minor=round_to_minor(before.amount) if line.is_late else 0,
        parts=parts,
        signals=signals,
    )
    _check(explanation)
    return explanation


def _sold(order: Order, line: InvoiceLine) -> tuple[OrderLine, OrderLineAttribute]:
    for order_line, attribute in order.attributes():
        if attribute.id == line.order_line_attribute_id:
            return order_line, attribute
    raise UnexplainedError(f"line {line.id} charges {line.order_line_attribute_id}, which order {order.id} has not")


def _check(explanation: Explanation) -> None:
    line, charge = explanation.line, explanation.charge
    shown = (line.quantity, line.billed_quantity, line.share_days, line.full_days, line.amount_minor)
    computed = (int(charge.quantity), int(charge.billed_quantity), *explanation.share, explanation.amount_minor)
    if shown != computed:
        raise UnexplainedError(
            f"line {line.id} has quantity, billed quantity, days, of days and amount {shown}, computed are {computed}"
        )

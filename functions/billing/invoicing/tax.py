"""Tax on invoice lines: one subtotal per rate, each rounded once (EN 16931), and every line its part of it."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from math import floor

from functions.billing.models.invoice import Invoice, InvoiceLine
from functions.billing.models.tax import TaxDecision, TaxSubtotal
from functions.billing.money import EXACT, round_to_minor

_NO_TAX = {"tax_rate": Decimal(0), "tax_minor": 0}


def with_tax(invoice: Invoice, decision: TaxDecision | None) -> Invoice:
    """The invoice with the same tax on all of its lines, whatever they had before; None is none at all."""
    if decision is None:
        untaxed = tuple(line.model_copy(update=_NO_TAX) for line in invoice.lines)
        return invoice.model_copy(update={"lines": untaxed, "taxes": ()})
    lines, subtotals = taxed([(line, decision) for line in invoice.lines])
    return invoice.model_copy(update={"lines": lines, "taxes": subtotals})


def taxed(
    decided: Sequence[tuple[InvoiceLine, TaxDecision]],
) -> tuple[tuple[InvoiceLine, ...], tuple[TaxSubtotal, ...]]:
    """The lines with their tax, in order, and the subtotals in the order in which their rates come up.

    What the lines of a rate show adds up to its subtotal: the units that rounding each of them alone would lose or gain
    go to the lines with the largest remainders.
    """
    places: dict[TaxDecision, list[int]] = defaultdict(list)
    for place, (_, decision) in enumerate(decided):
        places[decision].append(place)
    lines = [line for line, _ in decided]
    subtotals: list[TaxSubtotal] = []
    for decision, own in places.items():
        taxable = sum(lines[place].amount_minor for place in own)
        tax = round_to_minor(_tax(taxable, decision.rate))
        subtotals.append(TaxSubtotal(**dict(decision), taxable_minor=taxable, tax_minor=tax))
        exact = [_tax(lines[place].amount_minor, decision.rate) for place in own]
        for place, share in zip(own, _apportioned(tax, exact), strict=True):
            lines[place] = lines[place].model_copy(update={"tax_rate": decision.rate, "tax_minor": share})
    return tuple(lines), tuple(subtotals)


def overall_rate(invoice: Invoice) -> Decimal:
    """The rate of the invoice, in percent; of several, what they come to together, to four decimals."""
    rates = {subtotal.rate for subtotal in invoice.taxes}
    if len(rates) == 1:
        return rates.pop()
    if invoice.subtotal_minor == 0:
        return Decimal(0)
    share = EXACT.divide(Decimal(invoice.tax_minor), Decimal(invoice.subtotal_minor))
    return Decimal(round_to_minor(share.scaleb(6, EXACT))).scaleb(-4)


def _tax(taxable_minor: int, rate: Decimal) -> Decimal:
    return EXACT.multiply(Decimal(taxable_minor), rate.scaleb(-2))


def _apportioned(total: int, exact: Sequence[Decimal]) -> list[int]:
    """Whole numbers that add up to `total`, each within one of its exact amount: largest remainders first.

    Equal remainders take turns from the front, those of credits from the back: what is given back mirrors what was
    charged, unit by unit.
    """
    floors = [floor(amount) for amount in exact]
    by_remainder = sorted(
        range(len(exact)), key=lambda i: (floors[i] - exact[i], i if exact[i] >= 0 else 2 * len(exact) - i)
    )
    for place in by_remainder[: total - sum(floors)]:
        floors[place] += 1
    return floors

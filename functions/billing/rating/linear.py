"""Linear prices: every unit costs the same, or the amount is a multiple of other amounts (costs, other lines)."""

from decimal import Decimal

from functions.billing.models.pricing import CREDIT_DIGITS, PricePoint
from functions.billing.money import COST_DIGITS, EXACT, minor_digits
from functions.billing.rating.charge import Charge, Number, Step


def rate_per_unit(point: PricePoint, quantity: Number) -> Charge:
    """Charges `quantity` units of one full period at the unit price, in minor units, unrounded."""
    billed = billed_quantity(point, quantity)
    step = Step(billed, Decimal(point.unit_price_minor))
    return Charge(quantity, billed, (step,), unit_price_minor=point.unit_price_minor)


def billed_quantity(point: PricePoint, quantity: Number) -> Number:
    """What of `quantity` is charged: less what is included, at least the least, at most the most (design: Prices)."""
    billed = max(quantity - point.included_quantity, 0, point.min_quantity)
    return billed if point.max_quantity is None else min(billed, point.max_quantity)


def rate_cost_plus(multiplier: Decimal, costs: Number, *, currency: str) -> Charge:
    """Charges recorded costs, in 10^-12 major units, times the multiplier: 1.3 asks for 30 % more than was paid."""
    cost_minor = Decimal(costs).scaleb(minor_digits(currency) - COST_DIGITS, context=EXACT)
    return Charge(costs, 1 if costs else 0, (Step(multiplier, cost_minor),))


def rate_percent_of_total(percentage: Decimal, total_minor: Number) -> Charge:
    """Charges a percentage of the sum of other lines, in minor units, unrounded."""
    return Charge(total_minor, 1 if total_minor else 0, (Step(percentage.scaleb(-2), Decimal(total_minor)),))


def rate_overage(unit_price_minor: int, credits_micro: Number) -> Charge:
    """Charges credits that no grant held for, in millionths, at the price of a whole one.

    The wire knows whole quantities only: a part of a credit is one charge, whose steps tell the rest.
    """
    unmet = Decimal(credits_micro).scaleb(-CREDIT_DIGITS, context=EXACT)
    step = Step(unmet, Decimal(unit_price_minor))
    if unmet % 1:
        return Charge(credits_micro, 1, (step,))
    return Charge(credits_micro, int(unmet), (step,), unit_price_minor=unit_price_minor)

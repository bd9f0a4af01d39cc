"""Amounts of credits on the wire: numbers with at most six decimals, and no money."""

from decimal import Decimal

from functions.billing.models.pricing import CREDIT_DIGITS


def credits_of(micro: int) -> Decimal:
    """Whole credits of millionths, without the zeros at the end."""
    amount = Decimal(micro).scaleb(-CREDIT_DIGITS)
    return amount.quantize(Decimal(1)) if amount == amount.to_integral_value() else amount.normalize()

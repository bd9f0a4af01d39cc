"""The calculation of a line in sentences that anybody can follow on paper: `1,000 x 0.10 = 100.00`. Major units."""

from collections.abc import Iterator
from decimal import Decimal

from functions.billing.invoicing.explanation import Explanation
from functions.billing.invoicing.wording import signed
from functions.billing.models.pricing import CREDIT_DIGITS, ChargeType, PricePoint, PricingModel
from functions.billing.money import COST_DIGITS, EXACT, minor_digits
from functions.billing.rating.charge import Number, Step

TIMES, LESS, ELLIPSIS = "\N{MULTIPLICATION SIGN}", "\N{MINUS SIGN}", "\N{HORIZONTAL ELLIPSIS}"

_MORE_DIGITS = 16
"""Beyond those of the currency: what needs more is no multiple of recorded costs, but a division that never ends."""

_SHOWN_DIGITS = 2
"""Beyond those of the currency, of what never ends."""


def arithmetic(explanation: Explanation) -> tuple[str, ...]:
    """From the quantity to the amount; each line of it is one calculation, or says what a bound did."""
    return tuple(_Arithmetic(explanation).sentences())


class _Arithmetic:
    def __init__(self, explanation: Explanation) -> None:
        self._it = explanation
        self._currency = explanation.invoice.currency

    def sentences(self) -> Iterator[str]:
        if self._it.point is not None:
            yield from self._quantity(self._it.point)
        *leading, last = self._calculations()
        yield from leading
        yield last + self._rounding()
        if self._it.line.is_late:
            rounded, before = self._amount(self._it.rounded), self._amount(self._it.billed_before_minor)
            yield f"{rounded} {LESS} {before} billed before = {self._amount(self._it.amount_minor)}"
        if self._it.line.repays is not None:
            yield f"given back: {self._amount(self._it.amount_minor)}"

    def _quantity(self, point: PricePoint) -> Iterator[str]:
        """What the included, least and most quantities make of the quantity."""
        counted = self._it.charge.quantity
        used = "counted" if self._it.pricing.charge_type is ChargeType.USAGE else "ordered"
        above = max(counted - point.included_quantity, 0)
        if point.included_quantity and above:
            yield f"{_number(counted)} {used} {LESS} {_number(point.included_quantity)} included = {_number(above)}"
        elif point.included_quantity:
            yield f"{_number(counted)} {used}, within the {_number(point.included_quantity)} included"
        if above < point.min_quantity:
            yield f"at least {_number(point.min_quantity)} are charged"
        if point.max_quantity is not None and max(above, point.min_quantity) > point.max_quantity:
            yield f"at most {_number(point.max_quantity)} are charged"

    def _calculations(self) -> Iterator[str]:
        match self._it.pricing.model:
            case PricingModel.PERCENT_OF_TOTAL:
                yield from self._percentage()
            case PricingModel.COST_PLUS:
                yield from self._multiple_of_costs()
            case PricingModel.PER_UNIT | PricingModel.VOLUME | PricingModel.GRADUATED:
                yield from self._steps()
            case PricingModel.PREPAID_CREDITS | PricingModel.BRACKETED_CREDITS:
                yield from self._credits()
                yield from self._steps()
        if self._it.is_prorated:
            days, of_days = self._it.share
            full, part = self._amount(self._it.charge.amount), self._amount(self._it.exact)
            yield f"{full} {TIMES} {days} / {of_days} = {part}"

    def _steps(self) -> Iterator[str]:
        steps, total = self._it.charge.steps, self._amount(self._it.charge.amount)
        if not steps:
            yield f"no tier has a price for {_number(self._it.charge.billed_quantity)}: {total}"
        for step in steps:
            yield self._step(step)
        if len(steps) > 1:
            yield f"{' + '.join(self._amount(step.amount) for step in steps)} = {total}"

    def _step(self, step: Step) -> str:
        if step.is_flat:
            return f"flat fee of tier {step.tier}: {self._amount(step.amount)}"
        return f"{_number(step.quantity)} {TIMES} {self._amount(step.price_minor)} = {self._amount(step.amount)}"

    def _credits(self) -> Iterator[str]:
        """What the signals took, less what the grants gave."""
        if self._it.signals is not None and self._it.signals.found >= self._it.line.quantity:
            taken, unmet = self._it.signals.found, self._it.line.quantity
            given = f"{_credits(taken)} credits taken {LESS} {_credits(taken - unmet)} granted"
            yield f"{given} = {_credits(unmet)}"

    def _percentage(self) -> Iterator[str]:
        parts = [self._amount(part.amount_minor) for part in self._it.parts]
        total = self._amount(Decimal(self._it.charge.quantity))
        if len(parts) > 1:
            yield f"{' + '.join(parts)} = {total}"
        percentage = _number(self._it.pricing.percentage or Decimal(0))
        yield f"{total} {TIMES} {percentage} % = {self._amount(self._it.charge.amount)}"

    def _multiple_of_costs(self) -> Iterator[str]:
        digits = minor_digits(self._currency) - COST_DIGITS
        costs = self._amount(Decimal(self._it.charge.quantity).scaleb(digits, context=EXACT))
        multiplier = _number(self._it.pricing.multiplier or Decimal(0))
        yield f"costs of {costs} {TIMES} {multiplier} = {self._amount(self._it.charge.amount)}"

    def _rounding(self) -> str:
        exact, rounded = self._it.exact, self._it.rounded
        return "" if exact == rounded else f", rounded to {self._amount(rounded)}"

    def _amount(self, amount_minor: Number) -> str:
        """In major units, with all the digits it has, or the first few and an ellipsis."""
        digits = minor_digits(self._currency)
        amount = Decimal(amount_minor).scaleb(-digits, context=EXACT)
        needed = max(digits, _decimals(amount))
        if needed <= digits + _MORE_DIGITS:
            return signed(f"{amount:,.{needed}f}")
        shown = digits + _SHOWN_DIGITS
        scaled = int(amount.scaleb(shown, context=EXACT))  # towards zero: the digits shown are digits of the amount
        return signed(f"{Decimal(scaled).scaleb(-shown):,.{shown}f}{ELLIPSIS}")


def _number(quantity: Number) -> str:
    amount = Decimal(quantity)
    return signed(f"{amount:,.{_decimals(amount)}f}")


def _credits(micro: int) -> str:
    return _number(Decimal(micro).scaleb(-CREDIT_DIGITS, context=EXACT))


def _decimals(amount: Decimal) -> int:
    """How many digits after the point the amount needs."""
    exponent = amount.normalize(EXACT).as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0

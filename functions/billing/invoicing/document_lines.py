"""A charge on paper: its words and figures, and under them the steps by which a reader comes to the same amount."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from functions.billing.invoicing.wording import number_text, period_text, short_date, signed
from functions.billing.models.invoice import InvoiceLine, LineStep
from functions.billing.models.pricing import CREDIT_DIGITS, ChargeType, PricingModel
from functions.billing.money import COST_DIGITS, EXACT, format_amount, minor_digits

_TIMES = "\N{MULTIPLICATION SIGN}"


@dataclass(frozen=True, slots=True)
class DocumentStep:
    """`calculation` is what equals the amount: a product; empty where the amount is given, as a flat fee is."""

    label: str
    calculation: str
    amount: str


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """One charge. Quantity times unit price is the amount; where it is not, `note` or `steps` say how it comes about.

    The steps add up to the amount, but for the last one of a part of a period: it is the amount. Quantity and unit
    price are empty where the amount has none.
    """

    description: str
    period: str
    quantity: str
    unit_price: str
    amount: str
    note: str | None = None
    steps: tuple[DocumentStep, ...] = ()


def document_line(line: InvoiceLine, currency: str, *, tax: str | None = None) -> DocumentLine:
    """The line as the page shows it; `tax` is named where the lines of the invoice are not taxed alike."""
    units = _units(line)
    price = None if units is None else line.unit_price_minor
    return DocumentLine(
        description=line.description,
        period=_period(line),
        quantity="" if units is None else f"{units:,}",
        unit_price="" if price is None else format_amount(price, currency),
        amount=format_amount(line.amount_minor, currency),
        note="; ".join(filter(None, (_note(line, currency), tax))) or None,
        steps=tuple(_steps(line, currency)),
    )


def _period(line: InvoiceLine) -> str:
    """A one-time charge has a day, not a duration."""
    if line.charge_type is ChargeType.ONE_TIME:
        return short_date(line.period_start)
    return period_text(line.period_start, line.period_end)


def _units(line: InvoiceLine) -> int | None:
    """How many units the amount is for; None where it is not for units."""
    if line.pricing_model is PricingModel.PERCENT_OF_TOTAL or _is_measured(line):
        return None
    if line.repays is not None:
        return -line.billed_quantity
    if not line.is_late:
        return line.billed_quantity
    # Late usage at one price is a difference of quantities, and between tiers one of amounts alone.
    return line.amount_minor // line.unit_price_minor if line.unit_price_minor else None


def _note(line: InvoiceLine, currency: str) -> str | None:
    """What was counted, where it is not the quantity that is charged."""
    if line.pricing_model is PricingModel.PERCENT_OF_TOTAL:
        total = signed(format_amount(line.quantity, currency))
        return f"{_factor(line)}% of {total} in recurring charges on this invoice"
    if line.is_late:
        return _late_note(line, currency)
    if _is_measured(line):
        return f"{_measured(line.quantity, line, currency)} {_TIMES} {_measure_price(line, currency)}"
    if line.quantity == line.billed_quantity:
        return None
    counted = "used" if line.charge_type is ChargeType.USAGE else "ordered"
    return f"{line.quantity:,} {counted}, {_charged(line)}"


def _late_note(line: InvoiceLine, currency: str) -> str:
    if _is_measured(line):
        counted, before = _measured(line.quantity, line, currency), _amount(line.billed_before, line, currency)
    else:
        counted, before = f"{line.quantity:,} used", f"{line.billed_before:,}"
    if not line.billed_before:
        note = f"{counted}, none billed before"
    else:
        of_which = "of which " if line.billed_before <= line.quantity else ""
        note = f"{counted} in all, {of_which}{before} billed before"
    if _is_measured(line) or line.quantity == line.billed_quantity:
        return note
    return f"{note}; {_charged(line)}"


def _charged(line: InvoiceLine) -> str:
    """Only a minimum can raise a quantity."""
    return f"{'minimum of ' if line.billed_quantity > line.quantity else ''}{line.billed_quantity:,} charged"


def _costs(quantity: int, currency: str) -> str:
    """Recorded costs in major units, with every digit that was recorded."""
    costs = Decimal(quantity).scaleb(-COST_DIGITS, context=EXACT)
    return signed(number_text(costs, least_digits=minor_digits(currency)))


def _is_measured(line: InvoiceLine) -> bool:
    """Whether the quantity is an amount of something, and no number of units."""
    return line.pricing_model is PricingModel.COST_PLUS or line.pricing_model.takes_credits


def _measured(quantity: int, line: InvoiceLine, currency: str) -> str:
    amount = _amount(quantity, line, currency)
    return (
        f"Overage: {amount} credits used beyond those granted"
        if line.pricing_model.takes_credits
        else f"costs of {amount}"
    )


def _amount(quantity: int, line: InvoiceLine, currency: str) -> str:
    return _credits(quantity) if line.pricing_model.takes_credits else _costs(quantity, currency)


def _credits(quantity: int) -> str:
    return number_text(Decimal(quantity).scaleb(-CREDIT_DIGITS, context=EXACT))


def _measure_price(line: InvoiceLine, currency: str) -> str:
    return format_amount(int(line.factor or 0), currency) if line.pricing_model.takes_credits else _factor(line)


def _factor(line: InvoiceLine) -> str:
    return number_text(line.factor or Decimal(0))


def _steps(line: InvoiceLine, currency: str) -> Iterator[DocumentStep]:
    """How the amount comes about, where quantity times unit price alone does not say it."""
    before: LineStep | None = None
    for step in line.steps:
        yield _tier_step(step, before, line, currency)
        before = step
    if line.share_days != line.full_days:
        yield _prorated(line, currency)
    elif line.repays is not None and line.steps:
        yield DocumentStep("Given back", "", format_amount(line.amount_minor, currency))
    if line.is_late:
        yield from _less_billed_before(line, currency)


def _tier_step(step: LineStep, before: LineStep | None, line: InvoiceLine, currency: str) -> DocumentStep:
    is_volume = line.pricing_model is PricingModel.VOLUME
    label = f"All at tier {step.tier}" if is_volume and not step.is_flat else f"Tier {step.tier}"
    if before is None or before.tier != step.tier:
        label += _bounds(step)
    price, amount = (format_amount(minor, currency) for minor in (step.price_minor, step.quantity * step.price_minor))
    if step.is_flat:
        return DocumentStep(f"{label}, flat fee", "", amount)
    return DocumentStep(label, f"{step.quantity:,} {_TIMES} {price}", amount)


def _bounds(step: LineStep) -> str:
    """The quantities of the tier, nothing if it holds all of them."""
    if step.last is None:
        return f", from {step.first:,}" if step.first else ""
    return f", {step.first:,}\N{EN DASH}{step.last:,}" if step.first else f", up to {step.last:,}"


def _prorated(line: InvoiceLine, currency: str) -> DocumentStep:
    return DocumentStep(
        f"{line.share_days:,} of {line.full_days:,} days",
        f"{signed(format_amount(_full_minor(line), currency))} {_TIMES} {line.share_days:,} / {line.full_days:,}",
        format_amount(line.amount_minor, currency),
    )


def _full_minor(line: InvoiceLine) -> int:
    """What a full period costs, or gives back. Multiples are never prorated: they are taken of amounts that are."""
    if line.unit_price_minor is not None:
        full = line.billed_quantity * line.unit_price_minor
    else:
        full = sum(step.quantity * step.price_minor for step in line.steps)
    return full if line.repays is None else -full


def _less_billed_before(line: InvoiceLine, currency: str) -> Iterator[DocumentStep]:
    all_of_it = format_amount(line.amount_minor + line.billed_before_minor, currency)
    if line.pricing_model is PricingModel.COST_PLUS:
        yield DocumentStep("All costs", f"{_costs(line.quantity, currency)} {_TIMES} {_factor(line)}", all_of_it)
    elif line.pricing_model.takes_credits:
        price = _measure_price(line, currency)
        yield DocumentStep("All credits", f"{_credits(line.quantity)} {_TIMES} {price}", all_of_it)
    elif line.unit_price_minor is not None and line.billed_before_minor:
        price = format_amount(line.unit_price_minor, currency)
        yield DocumentStep("All usage", f"{line.billed_quantity:,} {_TIMES} {price}", all_of_it)
    if line.billed_before_minor:
        yield DocumentStep("Less billed before", "", format_amount(-line.billed_before_minor, currency))

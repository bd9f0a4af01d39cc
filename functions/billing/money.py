"""Money: integers of minor units, ISO 4217 digits, and the only rounding in the system.

Half-up (away from zero at the half, as invoices are read), once per invoice line (law 5).
"""

from decimal import ROUND_HALF_UP, Context, Decimal

from functions.billing.errors import InvalidInput

EXACT = Context(prec=60, rounding=ROUND_HALF_UP)
"""Wide enough that no product of what the API accepts loses a digit; Python's own context ends at 28."""

COST_DIGITS = 12
"""Costs are counted in whole 10^-12 of a currency's major unit: a token may cost less than a thousandth of a cent."""

_SMALLEST_COST = Decimal(1).scaleb(-COST_DIGITS)

_TWO_DIGITS = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP "
    "CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR "
    "JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN "
    "NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP "
    "SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG"
)
_NO_DIGITS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_THREE_DIGITS = "BHD IQD JOD KWD LYD OMR TND"

_DIGITS = {
    **dict.fromkeys(_TWO_DIGITS.split(), 2),
    **dict.fromkeys(_NO_DIGITS.split(), 0),
    **dict.fromkeys(_THREE_DIGITS.split(), 3),
}


def minor_digits(currency: str) -> int:
    """How many decimal digits the currency's minor unit has: 2 for USD, 0 for JPY, 3 for KWD."""
    try:
        return _DIGITS[currency]
    except KeyError:
        raise InvalidInput(f"currency is {currency!r}, expected an ISO 4217 code in capitals such as USD") from None


def round_to_minor(amount: Decimal) -> int:
    """Rounds an amount that is already counted in minor units to a whole number of them, half-up."""
    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP, context=EXACT))


def round_to_cost(amount: Decimal) -> Decimal:
    """Rounds an amount in major units to the digits that costs are counted in, half-up."""
    return amount.quantize(_SMALLEST_COST, rounding=ROUND_HALF_UP, context=EXACT)


def major_units(amount_minor: int, currency: str) -> Decimal:
    """The same amount in major units, exact: 1234 minor USD is Decimal('12.34')."""
    return Decimal(amount_minor).scaleb(-minor_digits(currency))


def format_amount(amount_minor: int, currency: str) -> str:
    """The amount in major units with its minor digits and thousands separators: `1,800.00`."""
    return f"{major_units(amount_minor, currency):,.{minor_digits(currency)}f}"

"""The cases of the field (billing facts that other products publish), and what became of each of them here.

Tests name the rows of their tables after the cases; `test_cases.py` sees to it that none is dropped silently.
"""

from typing import Any

import pytest

COVERED = "covered"
"""A row of some table is named after the case."""

_CREDITS = "later: credits are not burnt yet"
_COST_OF_TOKENS = "later: costs are recorded as amounts, not computed from tokens"
_DISCOUNT = "not here: there are no discounts"
_PACKAGE = "not here: no pricing type of the contract charges by packages or rounds up to them"
_SPEND = "not here: a least and a most are quantities in the contract, not amounts to be spent"

CASES = {
    "GRAD-01": COVERED,
    "GRAD-03": COVERED,
    "GRAD-05": _SPEND,
    "GRAD-07": COVERED,
    "GRAD-09": COVERED,
    "GRAD-11": COVERED,
    "GRAD-13": _PACKAGE,
    "GRAD-15": COVERED,
    "GRAD-17": COVERED,
    "GRAD-19": COVERED,
    "GRAD-21": COVERED,
    "GRAD-23": COVERED,
    "VOL-01": COVERED,
    "VOL-03": _SPEND,
    "VOL-05": COVERED,
    "VOL-07": _PACKAGE,
    "PKG-01": _PACKAGE,
    "PKG-03": _PACKAGE,
    "PKG-05": _PACKAGE,
    "PCT-01": COVERED,
    "PCT-03": "not here: a percentage is taken of an invoice's lines, not of transactions with limits for each",
    "DYN-01": COVERED,
    "WSUM-01": "not here: signals are counted, not summed up over the time that a level lasts",
    "RND-01": COVERED,
    "RND-03": COVERED,
    "RND-05": COVERED,
    "RND-07": COVERED,
    "RND-09": COVERED,
    "RND-11": COVERED,
    "RND-13": COVERED,
    "PRO-01": COVERED,
    "PRO-03": COVERED,
    "PRO-05": COVERED,
    "PRO-07": COVERED,
    "PRO-09": COVERED,
    "PRO-11": COVERED,
    "PRO-13": COVERED,
    "PRO-15": COVERED,
    "PRO-17": COVERED,
    "PRO-19": COVERED,
    "PRO-21": COVERED,
    "SEAT-01": COVERED,
    "PRO-23": COVERED,
    "PRO-25": COVERED,
    "PRO-27": COVERED,
    "PRO-29": COVERED,
    "BACK-01": COVERED,
    "ANCH-01": COVERED,
    "REP-01": COVERED,
    "REP-03": COVERED,
    "REP-05": COVERED,
    "REP-07": COVERED,
    "SEAT-03": COVERED,
    "CAL-01": COVERED,
    "CAL-03": COVERED,
    "CAL-05": COVERED,
    "CAL-07": COVERED,
    "CAL-09": COVERED,
    "CAL-11": COVERED,
    "CAL-13": COVERED,
    "TZ-01": COVERED,
    "TZ-03": COVERED,
    "TZ-05": COVERED,
    "TZ-07": COVERED,
    "COM-01": _SPEND,
    "COM-03": COVERED,
    "COM-05": _SPEND,
    "CRD-01": _CREDITS,
    "CRD-03": _CREDITS,
    "CRD-05": _CREDITS,
    "CRD-07": _CREDITS,
    "CRD-09": _CREDITS,
    "CRD-11": _CREDITS,
    "CRD-13": _CREDITS,
    "CRD-15": _CREDITS,
    "CRD-17": _CREDITS,
    "CRD-19": _CREDITS,
    "PROG-01": "not here: an invoice is due on a date, not when usage reaches an amount",
    "CN-01": COVERED,
    "CN-03": COVERED,
    "DISC-01": COVERED,
    "DISC-03": _DISCOUNT,
    "DISC-05": COVERED,
    "TAX-01": COVERED,
    "LATE-01": COVERED,
    "LATE-03": COVERED,
    "LATE-05": COVERED,
    "LATE-07": COVERED,
    "IDEM-01": COVERED,
    "NUM-01": COVERED,
    "LLM-01": _COST_OF_TOKENS,
    "LLM-03": _COST_OF_TOKENS,
    "LLM-05": _COST_OF_TOKENS,
    "FOC-01": "not here: an order is billed in the currency it was sold in, nothing is converted",
    "MKT-01": "not here: nothing is reported to a marketplace",
}


def case(case_id: str, *row: object) -> Any:
    """One row; the test's name then says whose number it is. What follows a case's number tells rows apart."""
    return pytest.param(*row, id=case_id)

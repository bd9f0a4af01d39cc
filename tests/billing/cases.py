"""The rows of a table, each named after the case of the field it comes from (shared/cases/billing_cases.json)."""

from typing import Any

import pytest


def case(case_id: str, *row: object) -> Any:
    """One row; the test's name then says whose number it is."""
    return pytest.param(*row, id=case_id)

"""docs/payments.md says what is so."""

from pathlib import Path

from functions.billing.invoicing.allocating import EXCEEDS_BALANCE, MAX_ALLOCATIONS
from functions.billing.models.payment import MAX_PAID_INVOICES
from functions.payments.schemas import MAX_ALLOCATIONS_AT_ONCE

GUIDE = " ".join((Path(__file__).parents[2] / "docs" / "payments.md").read_text(encoding="utf-8").split())


def test_the_limits_of_the_guide_are_kept() -> None:
    assert f"One request takes at most {MAX_ALLOCATIONS_AT_ONCE} allocations" in GUIDE
    assert f"An invoice holds at most {MAX_ALLOCATIONS} allocations" in GUIDE
    assert f"a payment pays at most {MAX_PAID_INVOICES:,} invoices" in GUIDE
    assert f"`{EXCEEDS_BALANCE}`" in GUIDE

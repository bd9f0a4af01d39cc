"""The book of what was given by hand: what is a repeat, and how much it holds."""

from datetime import timedelta
from typing import Any

import pytest

from functions.adapters.dynamodb.items import document_of
from functions.billing.errors import InvalidInput
from functions.billing.ids import derived_id
from functions.billing.models.credit import MAX_MANUAL_GRANTS, CreditBook, ManualGrant
from tests.builders import NOW

GRANT = ManualGrant(id="cg_1", currency_id="cc_1", amount_micro=5, starts_at=NOW, created_at=NOW, is_undated=True)
BOOK = CreditBook(grants=(GRANT,))


def later(seconds: int, **fields: Any) -> ManualGrant:
    """Another that is asked for so much later, and starts then."""
    moment = NOW + timedelta(seconds=seconds)
    return GRANT.model_copy(update={"id": "cg_2", "starts_at": moment, "created_at": moment, **fields})


@pytest.mark.parametrize(("seconds", "is_repeat"), [(0, True), (1, True), (120, True), (121, False), (-1, True)])
def test_the_same_within_two_minutes_is_a_repeat(seconds: int, *, is_repeat: bool) -> None:
    """A client asks again 1 and 2 seconds after an answer, which takes 29 at most: 61 in all; clocks may differ."""
    assert BOOK.repeated(later(seconds)) == (GRANT if is_repeat else None)


@pytest.mark.parametrize(
    "fields",
    [
        {"amount_micro": 6},
        {"currency_id": "cc_2"},
        {"expires_at": NOW + timedelta(days=9)},
        {"starts_at": NOW, "is_undated": False},
    ],
)
def test_what_says_something_else_is_none(fields: dict[str, Any]) -> None:
    assert BOOK.repeated(later(1, **fields)) is None


def test_a_book_of_as_many_grants_as_there_may_be_fits_into_an_item() -> None:
    """With moments to the microsecond, all different, and amounts of ten digits and more."""
    full = CreditBook(grants=tuple(_any_grant(number) for number in range(MAX_MANUAL_GRANTS)))

    assert len(document_of(full)["B"]) < 350_000
    with pytest.raises(
        InvalidInput, match=r"the customer was given 5000 grants by hand, expected fewer than 5000 ever"
    ):
        full.with_grant(GRANT)
    assert CreditBook(grants=full.grants[1:]).with_grant(GRANT).grants[-1] == GRANT


def _any_grant(number: int) -> ManualGrant:
    """Its digits are those of powers that share none, so that nothing of them can be packed."""
    chance = [pow(base, number + 7, 2**61 - 1) for base in (3, 5, 7, 11)]
    moments = [NOW + timedelta(microseconds=each % 10**14) for each in chance]
    return ManualGrant(
        id=derived_id("cg", str(number)),
        currency_id="cc_0Vbi4M5YJmFHISemnVh",
        amount_micro=chance[3] % 10**15 + 1,
        starts_at=moments[0],
        expires_at=moments[1],
        created_at=moments[2],
        is_undated=number % 2 == 0,
    )

"""`SpanClaims`: of two sides at one place of a trace the first one stays, and is asked as often as it likes."""

from typing import Any

import pytest

from functions.adapters.dynamodb.span_claims import MOST_MARKS
from functions.billing.telemetry.apart import Claim, Side
from tests.contracts.back_ends import BackEnd

TRACE, SPAN, OTHER_SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", "00f067aa0ba902b7"


def claim(side: Side = Side.INNER, leaves: str = "a call", *unless: str, **at: Any) -> Claim:
    return Claim(
        **{"trace_id": TRACE, "place": SPAN, **at}, side=side, leaves=leaves, unless=frozenset(unless or {leaves})
    )


INNER, OUTER = claim(Side.INNER), claim(Side.OUTER)


@pytest.mark.parametrize(("first", "second"), [(INNER, OUTER), (OUTER, INNER)])
def test_the_side_that_comes_first_stays(back_end: BackEnd, organization_id: str, first: Claim, second: Claim) -> None:
    for _ in range(2):
        assert back_end.claims.claim(organization_id, first)
        assert not back_end.claims.claim(organization_id, second)


def test_many_of_one_side_are_many_calls(back_end: BackEnd, organization_id: str) -> None:
    assert all(back_end.claims.claim(organization_id, claim(leaves=f"call {n}")) for n in range(3))
    assert not back_end.claims.claim(organization_id, claim(Side.OUTER, "a call", "call 1", "call 7"))
    assert back_end.claims.claim(organization_id, claim(Side.OUTER, "a call", "call 6", "call 7"))


def test_who_was_refused_has_left_nothing(back_end: BackEnd, organization_id: str) -> None:
    back_end.claims.claim(organization_id, INNER)
    back_end.claims.claim(organization_id, claim(Side.OUTER, "another", "a call"))

    assert back_end.claims.claim(organization_id, claim(Side.INNER, "another"))


def test_who_asks_for_nothing_is_never_refused(back_end: BackEnd, organization_id: str) -> None:
    back_end.claims.claim(organization_id, INNER)

    assert back_end.claims.claim(organization_id, OUTER._replace(unless=frozenset()))


@pytest.mark.parametrize("elsewhere", [{"place": OTHER_SPAN}, {"trace_id": TRACE[::-1]}])
def test_other_places_and_traces_are_others(back_end: BackEnd, organization_id: str, elsewhere: dict[str, Any]) -> None:
    back_end.claims.claim(organization_id, INNER)

    assert back_end.claims.claim(organization_id, claim(Side.OUTER, **elsewhere))


def test_the_same_ids_of_another_organization_are_others(back_end: BackEnd, organization_id: str) -> None:
    back_end.claims.claim(organization_id, INNER)

    assert back_end.claims.claim(f"{organization_id}_2", OUTER)


def test_a_place_that_is_full_refuses_the_other_side_as_before(back_end: BackEnd, organization_id: str) -> None:
    """A trace may go on for ever: what comes later leaves no mark, and counts."""
    for number in range(MOST_MARKS):
        assert back_end.claims.claim(organization_id, claim(leaves=f"call {number}"))

    for _ in range(2):
        assert back_end.claims.claim(organization_id, claim(leaves="one more"))
        assert not back_end.claims.claim(organization_id, claim(Side.OUTER, "call 7"))

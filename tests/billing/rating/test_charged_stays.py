"""What was charged by noon stays, whatever somebody changes that afternoon: a bill is never other than it was."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from functions.billing.models.credit import CreditGrant, Rollover
from functions.billing.periods import ALWAYS
from functions.billing.rating.burn_down import Need, burn_down
from tests.billing.rating.paper import at, june
from tests.billing.rating.test_burn_down import SEATS, grant, need

TODAY = 15
NOON, AFTERNOON = at(TODAY, 12), at(TODAY, 15)
LATER = 20

moments = st.sampled_from((ALWAYS, at(12, 9), *(at(TODAY, hour) for hour in (0, 9, 10, 11))))
"""When somebody gave or activated something: mostly today, for there lies what may go wrong."""

hours = st.sampled_from((9, 10, 11))


@dataclass(frozen=True)
class Book:
    grants: Sequence[CreditGrant]
    needs: Sequence[Need]

    def charged(self, among: frozenset[str]) -> dict[str, int]:
        """What of these needs nothing ever met."""
        overage = burn_down(self.grants, self.needs, through=june(40)).overage
        return {each.need.source: each.unmet for each in overage if each.need.source in among}


@st.composite
def some_grants(draw: st.DrawFn) -> list[CreditGrant]:
    made: list[CreditGrant] = []
    for place in range(draw(st.integers(1, 4))):
        start = draw(st.sampled_from((5, 14, TODAY, TODAY)))
        end = draw(st.none() | st.integers(start + 1, 25))
        rolls = end is not None and draw(st.booleans())
        more: dict[str, object] = {
            "given_at": draw(moments),
            "rollover": Rollover(amount_micro=draw(st.integers(0, 9)), until=june(end + 3)) if rolls and end else None,
            "seat_id": draw(st.sampled_from(SEATS)),
            "order_id": draw(st.sampled_from((None, "ord_1"))),
        }
        made.append(grant(f"g{place}", draw(st.integers(1, 9)), start, end, **more))
    return made


@st.composite
def some_needs(draw: st.DrawFn) -> list[Need]:
    made: list[Need] = []
    for place in range(draw(st.integers(1, 5))):
        charged = draw(st.sampled_from((None, 10, TODAY, TODAY, LATER, LATER)))
        last = min(charged or TODAY, TODAY) - 1
        ends_today = charged == TODAY and draw(st.booleans())
        made.append(
            need(
                draw(st.integers(1, 9)),
                draw(st.integers(1, last)),
                seat=draw(st.sampled_from(SEATS)),
                charged=charged,
                source=f"n{place}",
                activated=draw(moments),
                ended=at(TODAY, draw(hours)) if ends_today else ALWAYS,
            )
        )
    return made


@st.composite
def changed(draw: st.DrawFn, book: Book) -> Book:
    """What an afternoon may bring.

    Credits of an order that began today are ended as if they never had been, and older ones end today; credits come of
    an amendment or by hand; what waits is ended, and so charged today; an order for the past is activated.
    """
    grants, needs = list[CreditGrant](), list[Need]()
    for each in book.grants:
        if each.order_id is None or not draw(st.booleans()):
            grants.append(each)
        elif each.starts_on < june(TODAY):
            grants.append(each.model_copy(update={"stops_on": june(TODAY)}))
    for place in range(draw(st.integers(0, 2))):
        starts, ends = draw(st.integers(5, TODAY)), draw(st.none() | st.integers(16, 25))
        by = draw(st.sampled_from((None, "ord_1")))
        grants.append(grant(f"new{place}", 9, starts, ends, given_at=AFTERNOON, order_id=by))
    for one in book.needs:
        ends_now = one.charged_on == june(LATER) and one.activated_at < NOON and draw(st.booleans())
        needs.append(replace(one, charged_on=june(TODAY), ended_at=AFTERNOON) if ends_now else one)
    if draw(st.booleans()):
        charged = draw(st.sampled_from((None, 10, TODAY, LATER)))
        needs.append(need(5, draw(st.integers(1, 9)), charged=charged, source="past", activated=AFTERNOON))
    return Book(grants, needs)


@settings(max_examples=1_000)
@given(some_grants(), some_needs(), st.data())
def test_what_was_charged_by_noon_stays_whatever_is_changed_in_the_afternoon(
    grants: list[CreditGrant], needs: list[Need], data: st.DataObject
) -> None:
    book = Book(grants, needs)
    by_noon = frozenset(one.source for one in needs if one.billed_at is not None and one.billed_at <= NOON)
    assume(by_noon)
    before = book.charged(by_noon)

    assert data.draw(changed(book)).charged(by_noon) == before

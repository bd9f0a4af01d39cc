"""Seats: derived from what an order pays for."""

from datetime import UTC, datetime

from functions.billing.models.customer import CustomerUser, UserStatus
from functions.billing.models.order import Order, OrderLine, OrderLineAttribute, SeatAssignments
from functions.billing.models.pricing import BillingTiming, ChargeType, PricePoint, Pricing
from functions.billing.models.seats import seats_of

JUNE = datetime(2025, 6, 1, tzinfo=UTC)
JULY = datetime(2025, 7, 1, tzinfo=UTC)


def attribute(attribute_id: str, quantity: int, charge_type: ChargeType = ChargeType.SEAT_BASED) -> OrderLineAttribute:
    point = PricePoint(currency="USD", unit_price_minor=3000)
    pricing = Pricing(charge_type=charge_type, timing=BillingTiming.ADVANCE, price_points=(point,))
    return OrderLineAttribute(id=attribute_id, name=attribute_id, pricing=pricing, quantity=quantity)


def order(*attributes: OrderLineAttribute) -> Order:
    line = OrderLine(id="line", product_id="prod_1", product_external_id="sdr", name="AI SDR", attributes=attributes)
    return Order(
        id="ord_1",
        customer_id="cus_1",
        name="Order",
        number=1,
        start_date=JUNE,
        currency="USD",
        lines=(line,),
        created_at=JUNE,
        updated_at=JUNE,
    )


def user(user_id: str, status: UserStatus = UserStatus.ACTIVE) -> CustomerUser:
    return CustomerUser(
        id=user_id, external_id=user_id, customer_id="cus_1", status=status, created_at=JUNE, updated_at=JUNE
    )


def test_only_seat_based_prices_make_seats_one_for_each_of_their_quantity() -> None:
    sold = order(attribute("a", 2), attribute("fee", 5, ChargeType.RECURRING), attribute("none", 0), attribute("b", 1))

    seats = seats_of(sold, SeatAssignments(), [], on=JULY.date())

    assert len({seat.id for seat in seats}) == 2 + 1
    assert {(seat.product_id, seat.product_external_id, seat.name) for seat in seats} == {("prod_1", "sdr", "AI SDR")}


def test_seats_keep_their_ids_when_there_are_more_of_them() -> None:
    before = seats_of(order(attribute("a", 2)), SeatAssignments(), [], on=JULY.date())
    after = seats_of(order(attribute("a", 3)), SeatAssignments(), [], on=JULY.date())

    assert after[:2] == before


def test_a_seat_says_who_sits_there_and_since_when() -> None:
    sold = order(attribute("a", 2))
    free, taken = (seat.id for seat in seats_of(sold, SeatAssignments(), [], on=JULY.date()))

    seats = seats_of(
        sold, SeatAssignments(users={taken: "bob"}, changed_at={taken: JULY}), [user("bob")], on=JULY.date()
    )

    assert [(seat.id, seat.user_id, seat.updated_at) for seat in seats] == [(free, None, JUNE), (taken, "bob", JULY)]


def test_users_who_are_gone_or_deactivated_sit_nowhere() -> None:
    sold = order(attribute("a", 2))
    first, second = (seat.id for seat in seats_of(sold, SeatAssignments(), [], on=JULY.date()))
    assignments = SeatAssignments(users={first: "bob", second: "gone"})

    seats = seats_of(sold, assignments, [user("bob", UserStatus.DEACTIVATED)], on=JULY.date())

    assert [seat.user_id for seat in seats] == [None, None]

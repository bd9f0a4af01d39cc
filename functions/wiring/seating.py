"""Seats that have credits of their own: who sits there is part of what the rating goes by."""

from functools import cache

from functions.billing.usecases.change_seats import ChangeSeats
from functions.wiring import terms


@cache
def change_seats() -> ChangeSeats:
    return ChangeSeats(book=terms.order_book())

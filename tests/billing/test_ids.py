import re
from uuid import UUID

import pytest

from functions.billing.ids import derived_id, derived_uuid, sortable_id

CHANCE = bytes(range(16))


@pytest.mark.parametrize("milliseconds", [0, 61, 62**2 - 1, 1_748_736_000_000])
def test_an_id_sorts_after_those_of_the_millisecond_before(milliseconds: int) -> None:
    earlier = sortable_id("cus", milliseconds=milliseconds, chance=b"\xff" * 16)
    later = sortable_id("cus", milliseconds=milliseconds + 1, chance=b"\x00" * 16)

    assert earlier < later


def test_ids_of_one_millisecond_differ_by_chance() -> None:
    first = sortable_id("cus", milliseconds=1, chance=(1).to_bytes(9, "big"))
    second = sortable_id("cus", milliseconds=1, chance=(2).to_bytes(9, "big"))

    assert first != second


def test_every_id_has_its_prefix_and_nineteen_letters_or_digits() -> None:
    for made in (sortable_id("inv", milliseconds=0, chance=CHANCE), derived_id("inv", "ord_1")):
        assert re.fullmatch(r"inv_[0-9A-Za-z]{19}", made)


def test_a_derived_id_depends_on_where_one_part_ends_and_the_next_begins() -> None:
    assert derived_id("inv", "ab", "c") != derived_id("inv", "a", "bc")
    assert derived_uuid("ab", "c") != derived_uuid("a", "bc")


def test_a_derived_id_stays_the_same_for_ever() -> None:
    """Another one for the same parts, and the next billing run makes every invoice a second time."""
    assert derived_id("inv", "ord_1", "USD", "2025-06-01") == "inv_42L1MOW8wIGnrtCmbYu"
    assert derived_uuid("seat", "ord_1", "0") == "cddd82c5-4934-56bf-b8d6-7d80f6428c57"


def test_a_derived_uuid_is_a_uuid() -> None:
    made = derived_uuid("order line", "ord_1", "0")

    assert str(UUID(made)) == made

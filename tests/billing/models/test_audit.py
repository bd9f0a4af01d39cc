import pytest
from pydantic import JsonValue

from functions.billing.models.audit import MAX_FINDINGS, Book, Difference, Remark, Replayed, differences


def found(stored: JsonValue, replayed: JsonValue) -> list[tuple[str, str | None, str | None]]:
    return [
        (each.field, each.stored, each.replayed)
        for each in differences(Book.USAGE, "cus_1", stored=stored, replayed=replayed)
    ]


@pytest.mark.parametrize(
    ("stored", "replayed", "expected"),
    [
        ({"a": 1, "b": {"c": 2}}, {"b": {"c": 2}, "a": 1}, []),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3}}, [("a c", "2", "3")]),
        ({"a": 1}, {}, [("a", "1", None)]),
        ({}, {"a": None}, [("a", None, "null")]),
        ({"a": ["x", "y"]}, {"a": ["x", "z", "y"]}, [("a 2", '"y"', '"z"'), ("a 3", None, '"y"')]),
        ({"a": "1"}, {"a": 1}, [("a", '"1"', "1")]),
        ({"a": {}}, {}, []),
        ({"a": "M\N{LATIN SMALL LETTER U WITH DIAERESIS}ller"}, {"a": ""}, [("a", '"Müller"', '""')]),
    ],
)
def test_every_leaf_that_differs_is_named_by_the_way_to_it(
    stored: JsonValue, replayed: JsonValue, expected: list[tuple[str, str | None, str | None]]
) -> None:
    assert found(stored, replayed) == expected


def test_a_difference_says_both_values_and_nothing_where_there_is_none() -> None:
    assert (
        Difference(Book.NUMBERS, "org_1", "x", "1", None).sentence
        == "numbers org_1, x: 1 is stored, nothing is replayed"
    )


def test_replays_add_up_and_differ_by_their_differences_alone() -> None:
    remark, difference = Remark(Book.SCHEDULE, "ord_1", "ended"), Difference(Book.USAGE, "cus_1", "x", "1", "2")
    one, other = Replayed(1, 2, 30, 4, (remark,)), Replayed(1, 5, 60, 7, (difference,))

    assert one + other == Replayed(2, 2 + 5, 30 + 60, 4 + 7, (remark, difference))
    assert (one.differs, other.differs) == (False, True)
    assert [Replayed(findings=(remark,) * count).is_full for count in (MAX_FINDINGS - 1, MAX_FINDINGS)] == [False, True]

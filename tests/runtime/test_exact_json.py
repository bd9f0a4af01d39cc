import pytest

from functions.runtime.exact_json import WrittenNumber, exact_json


@pytest.mark.parametrize("text", ["0.1", "1.0", "1e-7", "-0.0", "123456789.123456789012", "1e400", "1E+2"])
def test_a_fraction_remembers_how_it_was_written_and_is_a_number_like_any_other(text: str) -> None:
    number = exact_json(text.encode())

    assert isinstance(number, WrittenNumber)
    assert (number.text, repr(number)) == (text, text)
    assert number == float(text)


@pytest.mark.parametrize(
    ("content", "value"),
    [(b"[1, 1000000000000000000001]", [1, 10**21 + 1]), (b'{"a": null, "a": true}', {"a": True}), (b'"\\u00e9"', "é")],
)
def test_all_else_is_read_as_ever(content: bytes, value: object) -> None:
    assert exact_json(content) == value


@pytest.mark.parametrize(
    "content", [b"", b"{", b"NaN", b"[Infinity]", b"-Infinity", b'"\\ud800"', b'"\xff"', b"[" * 10_000, b"1" * 10_000]
)
def test_what_is_not_json_is_a_value_error(content: bytes) -> None:
    with pytest.raises(ValueError, match="at line 1 column"):
        exact_json(content)

"""Follows the arithmetic of an explanation as somebody with pencil and paper would: each sentence must be true."""

import re
from decimal import ROUND_HALF_UP, Decimal, localcontext

TIMES, LESS, ELLIPSIS = "\N{MULTIPLICATION SIGN}", "\N{MINUS SIGN}", "\N{HORIZONTAL ELLIPSIS}"


def result_of(sentences: tuple[str, ...]) -> Decimal:
    """What the last sentence comes to, in major units; fails where one is wrong."""
    result = Decimal(0)
    with localcontext(prec=60):
        for sentence in sentences:
            if "=" in sentence:
                result = _checked(sentence)
            elif sentence.startswith(("flat fee", "no tier")):
                result = _numbers(sentence.rpartition(":")[2])[0]
    return result


def _checked(sentence: str) -> Decimal:
    left, _, right = sentence.partition(" = ")
    shown, _, rounded = right.partition(", rounded to ")
    value = _value(left)
    stated = _numbers(shown)[0]
    if shown.endswith(ELLIPSIS):
        assert 0 <= abs(value) - abs(stated) < Decimal(1).scaleb(-len(shown.rpartition(".")[2]) + 1), sentence
    else:
        assert value == stated, sentence
    if not rounded:
        return stated
    end = _numbers(rounded)[0]
    assert end == value.quantize(end, rounding=ROUND_HALF_UP), sentence
    return end


def _value(left: str) -> Decimal:
    numbers = _numbers(left)
    if " / " in left:
        full, days, of_days = numbers
        return full * days / of_days
    if "%" in left:
        return numbers[0] * numbers[1] / 100
    if TIMES in left:
        return numbers[0] * numbers[1]
    if f" {LESS} " in left:
        return numbers[0] - numbers[1]
    return sum(numbers, Decimal(0))


def _numbers(text: str) -> list[Decimal]:
    found = re.findall(rf"{LESS}?\d[\d,]*(?:\.\d+)?", text)
    return [Decimal(number.replace(",", "").replace(LESS, "-")) for number in found]

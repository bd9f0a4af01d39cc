"""docs/traces.md says what is so."""

import re

import pytest

from functions.billing.telemetry.entries import MAX_METADATA_CHARACTERS, UNATTRIBUTED
from functions.billing.telemetry.meaning import SIGNAL_NAMES
from functions.billing.telemetry.tokens import __doc__ as rules_of_tokens
from functions.billing.usecases.accept_spans import ENTRIES_PER_MESSAGE
from functions.runtime.api import MAX_BODY_BYTES
from functions.traces.attribute_bytes import MAX_ATTRIBUTE_BYTES
from functions.traces.handler import MAX_KEYS
from functions.traces.limits import MOST
from functions.traces.otlp_http import MAX_UNPACKED_BYTES, RETRY_AFTER_SECONDS
from infra.layers import PROJECT

PAGE = (PROJECT / "docs" / "traces.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "said",
    [
        f"up to\n{MAX_METADATA_CHARACTERS:,} characters of JSON",
        f"under the customer `{UNATTRIBUTED}`",
        f"up to {MAX_KEYS} different ones in a request",
        f"that are read has more than {MAX_ATTRIBUTE_BYTES:,} bytes",
        f"503, `Retry-After: {RETRY_AFTER_SECONDS}`",
        "one message for each thousand entries",
    ],
)
def test_the_page_has_the_limits_of_today(said: str) -> None:
    assert said in PAGE
    assert ENTRIES_PER_MESSAGE == 1_000


def test_the_page_has_all_that_a_request_may_hold() -> None:
    table = PAGE.partition("| of | at most |")[2].partition("\n\n")[0]

    rows = dict(re.findall(r"^\| (\w+).* \| ([\d,]+) \|$", table, re.MULTILINE))
    limits = {"sent": MAX_BODY_BYTES, "unpacked": MAX_UNPACKED_BYTES, **MOST}
    assert rows == {what: f"{most:,}" for what, most in limits.items()}


def test_the_page_names_the_spans_that_are_signals() -> None:
    row = next(line for line in PAGE.splitlines() if line.startswith("| called"))

    assert set(re.findall(r"`([a-z.]+)`", row.split("|")[1])) == SIGNAL_NAMES


def test_the_page_has_the_rules_of_tokens_as_the_code_has_them() -> None:
    def rows(text: str) -> list[list[str]]:
        table = [line for line in text.splitlines() if line.startswith("|")]
        return [[cell.strip() for cell in line.strip("|").split("|")[1:]] for line in table[2:]]

    section = PAGE.partition("## Tokens")[2].partition("\n## ")[0]
    assert rows(section) == rows(rules_of_tokens or "")

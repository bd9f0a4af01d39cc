"""What the admin function says of its fields, in the words of the command line."""

import re

_OPTIONS = {
    "scopes": "--scope",
    "rates": "--rate",
    "vat_number": "--vat-number",
    "country": "--country",
    "grace_hours": "--grace in hours",
    "expires_at": "--expires",
    "day": "--day",
    **{name: f"--{name.replace('_', '-')}" for name in ("legal_name", "line1", "line2", "city", "state", "zip_code")},
    "email": "--email",
    "pay_to": "--pay-to",
}
_FIELD = re.compile(rf"({'|'.join(_OPTIONS)})(?:\[\d+\])?(?:\.(\w+))?(?= )")


def in_options(sentence: str) -> str:
    """`rates.FR is 101` as `--rate FR is 101`; a sentence that begins with no option's field stays as it is."""
    if not (found := _FIELD.match(sentence)):
        return sentence
    field, part = found.groups()
    return f"{_OPTIONS[field]}{f' {part}' if part else ''}{sentence[found.end() :]}"

import pytest

from functions.billing.models.country import EUROPEAN_UNION, country_code, vat_number_in


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("FR", "FR"),
        ("fr", "FR"),
        (" de ", "DE"),
        ("EL", "GR"),
        ("uk", "GB"),
        ("XX", None),  # two letters are not yet a country
        ("EU", None),
        ("USA", None),
        ("France", None),
        ("", None),
        (None, None),
    ],
)
def test_a_country_is_its_code_in_any_case_and_a_name_is_not_guessed_at(text: str | None, code: str | None) -> None:
    assert country_code(text) == code


def test_the_union_has_27_members_and_each_is_a_country() -> None:
    assert len(EUROPEAN_UNION) == 27
    assert {country_code(member) for member in EUROPEAN_UNION} == EUROPEAN_UNION


@pytest.mark.parametrize(
    ("country", "text", "number"),
    [
        ("DE", "DE123456789", "DE123456789"),
        ("DE", " de 123.456-789 ", "DE123456789"),
        ("GR", "EL123456789", "EL123456789"),
        ("GR", "GR123456789", None),
        ("IE", "IE1S23456L", "IE1S23456L"),
        ("NL", "NL123456789B01", "NL123456789B01"),
        ("SE", "SE123456789012", "SE123456789012"),
        ("DE", "DE12", "DE12"),
        ("DE", "DE1", None),
        ("SE", "SE1234567890123", None),
        ("DE", "DEPENDS", None),
        ("DE", "DE\N{ARABIC-INDIC DIGIT ONE}\N{ARABIC-INDIC DIGIT TWO}", None),
        ("DE", "123456789", None),
        ("DE", "FR12345678901", None),
        ("GB", "GB123456789", None),
        ("DE", "", None),
        ("DE", None, None),
    ],
)
def test_a_vat_number_has_the_form_of_its_own_country_of_the_union(
    country: str, text: str | None, number: str | None
) -> None:
    assert vat_number_in(country, text) == number

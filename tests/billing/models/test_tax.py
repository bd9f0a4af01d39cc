from decimal import Decimal

import pytest
from pydantic import ValidationError

from functions.billing.models.tax import TaxSettings


def settings(**rates: str) -> TaxSettings:
    return TaxSettings(country="FR", rates={country: Decimal(rate) for country, rate in rates.items()})


def test_an_organization_has_a_rate_for_its_own_country() -> None:
    assert settings(DE="19", FR="20").domestic_rate == 20
    assert settings(FR="0").domestic_rate == 0
    with pytest.raises(ValidationError, match="rates has none for FR"):
        settings(DE="19")


@pytest.mark.parametrize("rate", ["-0.1", "100.0001", "8.12345", "NaN", "Infinity"])
def test_a_rate_is_a_percentage_of_at_most_four_decimals(rate: str) -> None:
    with pytest.raises(ValidationError):
        settings(FR=rate)


def test_settings_come_back_from_their_json_as_they_were() -> None:
    stored = settings(FR="20", DE="8.1234").model_dump_json(exclude_none=True)

    assert TaxSettings.model_validate_json(stored) == settings(DE="8.1234", FR="20")

from datetime import UTC, date, datetime, timedelta

import pytest

from tests.builders import NOW, make_key, make_organization


def test_an_organization_without_a_clock_lives_in_real_time() -> None:
    assert make_organization().now(NOW) == NOW


def test_a_clock_stands_at_the_midnight_of_its_day() -> None:
    stopped = make_organization(test=True, clock=date(2024, 2, 29))

    assert stopped.now(NOW) == datetime(2024, 2, 29, tzinfo=UTC)
    assert stopped.now(NOW + timedelta(days=1)) == datetime(2024, 2, 29, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "valid"),
    [(-1, True), (0, False), (1, False)],
)
def test_a_key_opens_nothing_from_the_moment_it_expires(seconds: int, *, valid: bool) -> None:
    key = make_key(expires_at=NOW)

    assert key.is_valid(NOW + timedelta(seconds=seconds)) is valid


def test_a_key_without_an_expiry_opens_until_it_is_revoked() -> None:
    assert make_key().is_valid(NOW + timedelta(days=36500))
    assert not make_key(revoked_at=NOW).is_valid(NOW)

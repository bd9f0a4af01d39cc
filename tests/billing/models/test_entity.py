from datetime import datetime

import pytest
from pydantic import ValidationError

from tests.builders import NOW, make_order, make_organization


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValidationError, match="timezone"):
        make_order(activated_at=datetime(2025, 6, 1))  # noqa: DTZ001 - that is the mistake


def test_a_field_that_nobody_declared_is_refused() -> None:
    with pytest.raises(ValidationError, match="Extra inputs"):
        make_organization(plan="gold")


def test_an_entity_cannot_be_changed_in_place() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        setattr(make_organization(), "updated_at", NOW)  # noqa: B010 - the type checker would not let it pass otherwise

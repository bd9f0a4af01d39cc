import os
from collections.abc import Iterator

import pytest


@pytest.fixture
def own_environment() -> Iterator[None]:
    """A system writes its settings into the environment, as Lambda does; the tests after it must not see them."""
    environment = os.environ  # noqa: TID251 - only put back as it was
    before = dict(environment)
    yield
    environment.clear()
    environment.update(before)

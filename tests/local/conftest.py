import os
from collections.abc import Iterator

import pytest

from tests.world import forget


@pytest.fixture
def own_environment() -> Iterator[None]:
    """A system writes its settings into the environment, as Lambda does; the tests after it must not see them.

    Nor the clients that were made with them: the next system in this process listens at another port.
    """
    environment = os.environ  # noqa: TID251 - only put back as it was
    before = dict(environment)
    forget()
    yield
    forget()
    environment.clear()
    environment.update(before)

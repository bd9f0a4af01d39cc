"""Each contract is tried on every back end; an organization of its own keeps a test apart from the others."""

from collections.abc import Iterator

import pytest

from functions.runtime.chance import new_id
from local.resources import Clients
from tests.contracts.back_ends import BackEnd, fakes, on_ministack, on_moto

ADAPTERS = ("moto", pytest.param("ministack", marks=pytest.mark.local))


@pytest.fixture(scope="package", params=("fakes", *ADAPTERS))
def back_end(request: pytest.FixtureRequest) -> Iterator[BackEnd]:
    match request.param:
        case "fakes":
            yield fakes()
        case "moto":
            with on_moto() as made:
                yield made
        case _:
            with on_ministack() as made:
                yield made


@pytest.fixture
def clients(back_end: BackEnd) -> Clients:
    """For what only an adapter can do, in modules that name `ADAPTERS` as their back ends."""
    assert back_end.clients is not None
    return back_end.clients


@pytest.fixture
def organization_id() -> str:
    return new_id("org")

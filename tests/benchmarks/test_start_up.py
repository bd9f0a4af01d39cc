"""What a function of the API loads before its first request: counted here too, for one import breaks the budget."""

import pytest

from benchmarks.start_up import FORBIDDEN, MOST_MODULES, RESOURCES, modules
from infra.resources import FUNCTIONS, Function

BEHIND_THE_API = [function for function in FUNCTIONS if function.name in RESOURCES]


@pytest.mark.parametrize("function", BEHIND_THE_API, ids=lambda function: function.name)
def test_a_function_of_the_api_loads_few_modules_and_no_heavy_ones(function: Function) -> None:
    loaded = modules(function)

    assert len(loaded) <= MOST_MODULES
    assert [name for name in loaded if name.startswith(FORBIDDEN)] == []

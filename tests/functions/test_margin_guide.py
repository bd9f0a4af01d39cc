"""docs/margin.md: what it shows of a month is what the API answers."""

import json
import re
from pathlib import Path

from tests.functions.sales import at, fee, seller, usage
from tests.functions.spending import record
from tests.functions.test_margins import JUNE, JUNE_5, JUNE_20, cost, in_dollars
from tests.world import World

PAGE = Path(__file__).parent.parent.parent / "docs" / "margin.md"


def test_the_month_on_the_page_is_what_the_api_answers(empty_world: World) -> None:
    acme = seller(empty_world)
    acme.sell(fee(at(100_00)), usage(at(10)), autoPostInvoices=True)
    acme.send(JUNE_5, JUNE_5, JUNE_20)
    record(acme, cost("12", JUNE_5), cost("0.345678", JUNE_20), cost("1", JUNE_20, model="claude"))
    acme.clock("2025-07-01")
    (shown,) = re.findall(r"```json\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)

    answer = in_dollars(acme, *JUNE)

    assert {name: answer[name] for name in json.loads(shown)} == json.loads(shown)

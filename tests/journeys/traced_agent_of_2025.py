"""As `traced_agent`, by the published client of 2025, which says its key within what it sends, in no header.

It is the first of its name on the path of this process; what checks types knows that of today.
"""

import sys
from importlib import import_module
from typing import Any

from tests.journeys import traced_agent


def main(runs: int) -> None:
    traced_agent.offer_openai()
    paid: Any = import_module("paid.tracing")
    wrapper: Any = import_module("paid.tracing.wrappers.openai.openAiWrapper")
    for _ in range(runs):
        with paid.paid_tracing("acme", external_agent_id="sdr"):
            wrapper.PaidOpenAI(traced_agent.OpenAI()).chat.completions.create(model="gpt-4o", messages=[])
            paid.signal("email_sent", enable_cost_tracing=True, data={"quantity": 1})


if __name__ == "__main__":
    main(int(sys.argv[1]))

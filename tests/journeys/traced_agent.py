"""An agent of the guide with the published client's tracing, in a process of its own: tracing is the whole process's.

It is told by the environment where the collector is (PAID_OTEL_COLLECTOR_ENDPOINT), by which key (PAID_API_KEY), and
where its vendors of models are (VENDORS) and the API (API); `runs` says how often it does its work. The vendors' own
packages are not installed: their clients here are as much of them as the wrappers call, and speak HTTP all the same.
"""

import json
import os
import sys
import urllib.request
import warnings
from types import ModuleType, SimpleNamespace
from typing import Any


def _ask(path: str) -> Any:
    with urllib.request.urlopen(os.environ["VENDORS"] + path, data=b"{}") as answer:  # noqa: S310, TID251 - loopback
        return json.load(answer, object_hook=lambda found: SimpleNamespace(**found))


class OpenAI:
    """What `PaidOpenAI` calls."""

    def __init__(self) -> None:
        self.chat = SimpleNamespace(completions=SimpleNamespace(create=lambda **_: _ask("/openai")))


class Bedrock:
    """What `PaidBedrock` calls."""

    def converse(self, **_: object) -> object:
        return {"usage": vars(_ask("/bedrock").usage)}


def offer_openai() -> None:
    """In place of the package."""
    openai = ModuleType("openai")
    openai.OpenAI = openai.AsyncOpenAI = OpenAI  # type: ignore[attr-defined]
    sys.modules["openai"] = openai


def main(runs: int) -> None:
    offer_openai()
    from paid.tracing import cost_attributed_signal, paid_tracing, signal  # noqa: PLC0415 - the endpoint is read when this is imported
    from paid.tracing.wrappers.bedrock.bedrockWrapper import PaidBedrock  # noqa: PLC0415 - after the line above
    from paid.tracing.wrappers.openai.openAiWrapper import PaidOpenAI  # noqa: PLC0415 - as above

    warnings.simplefilter("ignore", DeprecationWarning)  # the client would have us call its later way
    for run in range(runs):
        with paid_tracing("acme", external_product_id="sdr", metadata={"run": {"number": run}}):
            PaidOpenAI(OpenAI()).chat.completions.create(model="gpt-4o", messages=[])
            PaidBedrock(Bedrock()).converse(modelId="anthropic.claude-3-5-sonnet-20241022-v2:0", messages=[])
            signal("email_sent", enable_cost_tracing=True, data={"quantity": 1})
            cost_attributed_signal("email_answered", base_url_override=os.environ["API"])  # noqa: TID251 - as above
    with paid_tracing():
        PaidOpenAI(OpenAI()).chat.completions.create(model="gpt-4o", messages=[])


if __name__ == "__main__":
    main(int(sys.argv[1]))

"""docs/webhooks.md says what is so: its receiver is run, and its schedule is the one that is kept."""

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from functions.adapters.dead_letters import PARKED_CHANGES
from functions.adapters.dynamodb.webhooks import KEPT_FOR
from functions.adapters.webhook_post import TOTAL_SECONDS
from functions.adapters.webhook_queue import MAX_BYTES, TRIES
from functions.billing.models.webhook_retries import MAX_ATTEMPTS, RETRY_AFTER_SECONDS
from infra.resources import BILLING_CHANGES, WEBHOOK_QUEUE
from tests.functions.hooks import CREATED, Listener
from tests.functions.sales import at, fee, seller
from tests.receiver import Received, receiving
from tests.world import World

DOCS = Path(__file__).parents[2] / "docs"
GUIDE = (DOCS / "webhooks.md").read_text(encoding="utf-8")
UNITS = {"s": 1, "min": 60, "h": 3600}


@pytest.fixture
def hooks(empty_world: World) -> Iterator[Listener]:
    with receiving() as receiver:
        yield Listener(seller(empty_world), receiver)


def accepted(received: Received, secret: str, seen: set[str], **changed: Any) -> bool:
    """What the receiver of the guide makes of a delivery."""
    (code,) = re.findall(r"```python\n(import base64.*?)```", GUIDE, re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102 - our own page
    headers = {**received.headers, **changed.get("headers", {})}
    return bool(names["accepted"](headers, changed.get("raw", received.raw), secret, seen))


def test_the_receiver_of_the_guide_takes_what_is_ours_once_and_nothing_else(hooks: Listener) -> None:
    hooks.listen(CREATED)
    hooks.acme.sell(fee(at(500_00)))
    (received,) = hooks.receiver.received

    assert accepted(received, hooks.secret, set())
    assert not accepted(received, hooks.secret, {received.id})
    old = {"webhook-timestamp": str(int(time.time()) - 301)}
    wrong: tuple[dict[str, Any], ...] = (
        {"raw": received.raw + b" "},
        {"headers": {"webhook-id": "evt_other"}},
        {"headers": old},
    )
    for changed in wrong:
        with pytest.raises(PermissionError):
            accepted(received, hooks.secret, set(), **changed)
    with pytest.raises(PermissionError):
        accepted(received, "whsec_AAAA", set())


def test_the_schedule_of_the_guide_is_kept() -> None:
    (schedule,) = re.findall(r"sent again after \*\*(.*?)\*\*", GUIDE, re.DOTALL)
    delays = [int(number) * UNITS[unit] for number, unit in re.findall(r"(\d+) (s|min|h)\b", schedule)]

    assert tuple(delays) == RETRY_AFTER_SECONDS
    hours = sum(RETRY_AFTER_SECONDS) / 3600
    assert f"eight attempts in {hours:.1f} to {hours * 1.1:.1f} hours" in " ".join(GUIDE.split())
    assert MAX_ATTEMPTS == 8
    assert f"within {TOTAL_SECONDS} seconds" in GUIDE
    assert f"of the last {KEPT_FOR.days} days" in GUIDE


def test_what_the_guide_says_of_changes_that_are_not_announced_is_so() -> None:
    guide = " ".join(GUIDE.split())

    assert f"until it succeeds or is {BILLING_CHANGES.max_age_hours} hours old" in guide
    assert f"`{PARKED_CHANGES}/<sequence number>-<event id>.json`" in guide
    assert MAX_BYTES == 1_000_000
    assert "more than a million bytes" in guide
    assert WEBHOOK_QUEUE.max_concurrency == 10
    assert "Ten deliveries are made at once" in guide
    assert TRIES == 1 + 3
    assert "those alone go again, three times," in guide


def test_an_id_is_to_be_kept_for_longer_than_anything_of_it_may_come_again() -> None:
    """Since it last came: all of its attempts, and the time that a dead letter lives: 30.3 / 24 + 14 = 15.3 days."""
    days = sum(RETRY_AFTER_SECONDS) * 1.1 / 86_400 + WEBHOOK_QUEUE.retention_days

    assert 15 < days < 16
    assert "until 16 days after it last came" in " ".join(GUIDE.split())


@pytest.mark.parametrize("page", ["webhooks.md", "operations.md", "monitoring.md"])
def test_the_guides_hand_nothing_to_functions_by_hand_nor_read_the_stream(page: str) -> None:
    guide = (DOCS / page).read_text(encoding="utf-8")

    assert "owed announce --parked" in guide
    assert "owed announce ORG --since" in guide
    assert "dynamodbstreams" not in guide
    assert "fileb://" not in guide

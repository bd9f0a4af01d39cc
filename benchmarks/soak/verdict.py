"""When all is quiet: the log as the API lists it, and what comes of it, against the oracle."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from benchmarks.soak.books import of_the_balance, of_the_replay
from benchmarks.soak.counting import counts_of, of_the_invoices, of_the_receipts, of_the_usage
from benchmarks.soak.letter import NUMBER
from benchmarks.soak.listing import Listed, Listing
from benchmarks.soak.oracle import Group, Said, key_hash
from benchmarks.soak.scenery import PRODUCTS
from benchmarks.soak.setting import Setting

_AGAIN = 60
"""Signals that are sent once more in the end."""


def differences(setting: Setting) -> list[str]:
    """In sentences, the smallest facts first; none where all is as it must be."""
    listing = Listing(setting)
    signals = listing.everything()
    numbers = [listed["data"][NUMBER] for listed in signals if listed["data"]]
    tally, oracle = setting.tally, setting.oracle
    tally.add("unique signals", len(signals))
    tally.add("duplicates", tally["deliveries"] - len(signals))
    tally.add("customers", len(setting.witness.customers()))
    found = [*oracle.lost(), *_of_the_log(setting, signals)]
    if found:  # what follows goes by what the signals say of themselves
        return found
    tally.add("conflicts", oracle.repeats(numbers)["conflicts"])
    counted = sum(bool(counts_of(setting, listed)) for listed in signals)
    return [
        *_of_the_keys(setting),
        *of_the_usage(setting, signals),
        *of_the_balance(setting, numbers, counted),
        *listing.differences(listing.everything()),
        *of_the_invoices(setting, signals),
        *of_the_receipts(setting, listing.everything()),
        *of_the_replay(setting),
        *_of_what_comes_again(setting, numbers),
    ]


def _of_the_log(setting: Setting, signals: Iterable[Listed]) -> Iterator[str]:
    """Each signal is one that was queued, in the log of its customer, and there as often as it must."""
    found: dict[Group, Counter[str | int]] = defaultdict(Counter)
    for listed in signals:
        number = (listed["data"] or {}).get(NUMBER)
        if not isinstance(number, int) or number >= len(setting.oracle.said):
            yield f"nobody ever said {listed}"
            continue
        said = setting.oracle.said[number]
        found[said.group][said.number if said.key is None else said.key] += 1
        yield from (f"{name} of {listed} is not that of {said}" for name in _not_as_said(listed, said))
        if said.key is not None and number not in setting.oracle.queued[said.group][said.key]:
            yield f"{listed} is in the log and was in no message"
        if not _is_in_its_log(setting, said.group, listed["customerId"]):
            yield f"{listed} is in the log of somebody else than {said.group}"
    for group in sorted({*setting.oracle.queued, *found}):
        yield from _missing_or_too_many(group, setting.oracle.expected(group), found[group])


def _not_as_said(listed: Listed, said: Said) -> Iterator[str]:
    product = said.product or {}
    named = product.get("externalProductId")
    expected = {
        "name": said.event,
        "externalCustomerId": said.customer.get("externalCustomerId"),
        "externalProductId": named,
        "productId": product.get("productId") or next((i for i, name in PRODUCTS.items() if name == named), None),
        "occurredAt": said.at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }
    return (name for name, value in expected.items() if listed[name] != value)


def _missing_or_too_many(
    group: Group, expected: Mapping[str | int, int], found: Mapping[str | int, int]
) -> Iterator[str]:
    for name in sorted({*expected, *found}, key=str):
        if expected.get(name, 0) != found.get(name, 0):
            yield f"{group}: {name!r} is in the log {found.get(name, 0)} times, expected {expected.get(name, 0)}"


def _is_in_its_log(setting: Setting, group: Group, customer_id: str) -> bool:
    """A name that moves may have led to anybody but those that keep theirs."""
    if group in setting.moving:
        return customer_id not in setting.customers.values()
    return customer_id == _customer_id(setting, group)


def _customer_id(setting: Setting, group: Group) -> str:
    """Of somebody who keeps its name; of a walk-in it is looked up once."""
    if group not in setting.customers:
        answer = setting.call(setting.environment(), "GET", f"/customers/external/{group}")
        setting.customers[group] = answer.body["id"]
    return setting.customers[group]


def _of_the_keys(setting: Setting) -> Iterator[str]:
    """The hashes that the log keeps are those of the keys that were queued."""
    for group, customer_id in setting.customers.items():
        expected = {key_hash(key) for key in setting.oracle.queued[group]}
        if set(setting.witness.keys[customer_id]) != expected:
            yield f"the log of {group} holds other keys than were queued for it"


def _of_what_comes_again(setting: Setting, logged: Sequence[int]) -> Iterator[str]:
    """A quiet front door tells exactly which of some known and some new signals are known, and which are others."""
    first = {(said.group, said.key): said for said in map(setting.oracle.said.__getitem__, logged)}
    known = [said for said in setting.oracle.said if _is_in_a_log_for_good(setting, said)]
    again = setting.dice.sample(known, min(len(known), _AGAIN))
    new = [setting.oracle.say(replace(said, key=f"new {said.number}")) for said in again[: len(again) // 3]]
    sent = [*again, *new]
    setting.dice.shuffle(sent)
    body = {"signals": [said.wire for said in sent]}
    answer = setting.call(setting.environment(), "POST", "/signals/bulk", body).body
    if (answer["ingested"], answer["duplicates"], answer["failed"]) != (len(new), len(again), 0):
        yield f"{len(again)} known and {len(new)} new signals were answered {answer}"
    others = [index for index, said in enumerate(sent) if first.get((said.group, said.key), said).number != said.number]
    if [conflict["index"] for conflict in answer["conflicts"]] != others:
        yield f"{len(others)} of {len(again)} known signals are others than those in the log: {others}, {answer}"


def _is_in_a_log_for_good(setting: Setting, said: Said) -> bool:
    """A name that moves may have left the log with it."""
    return said.group not in setting.moving and said.key in setting.oracle.queued.get(said.group, {})

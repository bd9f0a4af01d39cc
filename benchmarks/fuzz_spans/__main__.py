"""A part of `make soak`: bytes and spans by chance at the front door, steered by what code they reach (atheris)."""

import argparse
import json
import sys
from collections import Counter
from importlib import import_module
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

RUNS = 200_000
_MAX_BYTES = 30_000
_FOUND = Path(__file__).parents[2] / "build" / "fuzz"
"""Where a request is kept that broke something; the last line says its name, and `door.play` plays it again."""
_TOLD = 20
"""Lines of progress."""


def main(runs: int, seed: int) -> int:
    try:
        atheris: Any = import_module("atheris")
    except ImportError:
        print("LEFT OUT: spans by chance at the front door; atheris is not to be had for this machine.")
        return 0
    with atheris.instrument_imports(include=["functions.traces", "functions.billing.telemetry"]):
        door = import_module("benchmarks.fuzz_spans.door")
        mutations = import_module("benchmarks.fuzz_spans.mutations")
    total, told = Counter[str](), max(1, runs // _TOLD)

    def play(content: bytes) -> None:
        outcome = door.play(content)
        named = {"requests": 1, f"answered {outcome.status}": 1, "spans": outcome.spans, "entries": outcome.entries}
        named["refused"] = outcome.refused
        total.update(named)
        if total["requests"] % told == 0:
            print(f"  {total['requests']:,} of {runs:,} requests of spans, {total['entries']:,} entries", flush=True)
        if total["requests"] == runs:
            print("\n".join(f"{name:16}{number:>12,}" for name, number in sorted(total.items())), flush=True)

    def mutate(content: bytes, most: int, chance: int) -> bytes:
        made = mutations.mutated(content, Random(chance), of_bytes=lambda each: atheris.Mutate(each, most))  # noqa: S311
        return made if len(made) <= most else atheris.Mutate(content, most)  # type: ignore[no-any-return]

    print(f"seed {seed}: {runs:,} requests of spans by chance", flush=True)
    _FOUND.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as corpus:
        for number, content in enumerate(recorded()):
            (Path(corpus) / str(number)).write_bytes(content)
        options = (f"-runs={runs}", f"-seed={seed}", f"-max_len={_MAX_BYTES}", "-verbosity=0", "-timeout=60")
        atheris.Setup([sys.argv[0], *options, f"-artifact_prefix={_FOUND}/", corpus], play, custom_mutator=mutate)
        atheris.Fuzz()
    return 0


def recorded() -> list[bytes]:
    """What clients and instrumentations sent, in each of the ways; with the key in a header, a resource, a span."""
    from benchmarks.fuzz_spans.door import JSON, KEY, PACKED, PROTOBUF, WITHIN  # noqa: PLC0415 - when instrumented
    from functions.traces.json_bodies import in_protobuf  # noqa: PLC0415

    fixtures = Path(__file__).parents[2] / "tests" / "fixtures" / "spans"
    made: list[bytes] = []
    for path in sorted(fixtures.glob("*.json")):
        for name, where in (("", 0), ("api.key", WITHIN), ("token", WITHIN)):
            content = json.dumps(_with_key(json.loads(path.read_bytes()), name, KEY)).encode()
            protobuf, _ = in_protobuf(content)
            ways = ((PROTOBUF, protobuf), (PACKED, protobuf), (JSON, content))
            made += [bytes([where + form]) + body for form, body in ways]
    return made


def _with_key(sent: dict[str, Any], name: str, key: str) -> dict[str, Any]:
    """With no key but this one, and none where the attribute has no name."""
    for resource_spans in sent["resourceSpans"]:
        resource = resource_spans.setdefault("resource", {})
        spans = [span for scope_spans in resource_spans["scopeSpans"] for span in scope_spans["spans"]]
        for place in (resource, *spans):
            kept = [each for each in place.get("attributes", []) if each["key"] not in {"api.key", "token"}]
            has_key = name == ("api.key" if place is resource else "token")
            place["attributes"] = [*kept, {"key": name, "value": {"stringValue": key}}] if has_key else kept
    return sent


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz_spans", description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    sys.exit(main(arguments.runs, arguments.seed))

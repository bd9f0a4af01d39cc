"""The trigger payloads of `events/`, with the words in capitals replaced by what a test made."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent.parent / "events"


def event(name: str, **made: str) -> Any:
    """The payload of `events/<name>.json`; `KEY="..."` puts a value in the place of the word KEY."""
    text = (FOLDER / f"{name}.json").read_text(encoding="utf-8")
    for word, value in made.items():
        text = text.replace(word, value)
    return json.loads(text)

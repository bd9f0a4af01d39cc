"""Documents, in memory."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class FakeDocumentStore:
    """Fulfils `DocumentStore`."""

    contents: dict[str, bytes] = field(default_factory=dict)
    content_types: dict[str, str] = field(default_factory=dict)

    def read(self, key: str) -> bytes | None:
        return self.contents.get(key)

    def write(self, key: str, content: bytes, *, content_type: str) -> None:
        self.contents[key] = content
        self.content_types[key] = content_type

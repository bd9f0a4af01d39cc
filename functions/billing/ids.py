"""Ids: a prefix that says what it names, and an opaque suffix.

New things get a suffix that begins with the time of creation, so that ids sort in the order of creation. Things that
exist because of other things (an invoice of an order and a date) get a derived suffix: computing it twice gives the
same id, which is what makes a repeated run harmless.
"""

import hashlib
import uuid

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"  # in ASCII order
_TIME_CHARACTERS = 8  # 62^8 milliseconds reach the year 8888
_CHANCE_CHARACTERS = 11  # 65 bits
_NAMESPACE = uuid.UUID("6f1c3b62-3f0e-5d0a-9b9e-0a3f5c1f7e11")


def sortable_id(prefix: str, *, milliseconds: int, chance: bytes) -> str:
    """Names a new thing; `chance` must hold at least 9 random bytes."""
    number = int.from_bytes(chance, "big")
    return f"{prefix}_{_base62(milliseconds, _TIME_CHARACTERS)}{_base62(number, _CHANCE_CHARACTERS)}"


def derived_id(prefix: str, *parts: str) -> str:
    """Names what `parts` determine; the same parts always give the same id."""
    digest = hashlib.sha256("\0".join(parts).encode()).digest()
    return f"{prefix}_{_base62(int.from_bytes(digest, 'big'), _TIME_CHARACTERS + _CHANCE_CHARACTERS)}"


def derived_uuid(*parts: str) -> str:
    """As `derived_id`, for the things the contract names by UUID: order lines, their attributes, seats."""
    return str(uuid.uuid5(_NAMESPACE, "\0".join(parts)))


def _base62(number: int, length: int) -> str:
    characters: list[str] = []
    for _ in range(length):
        number, digit = divmod(number, len(_ALPHABET))
        characters.append(_ALPHABET[digit])
    return "".join(reversed(characters))

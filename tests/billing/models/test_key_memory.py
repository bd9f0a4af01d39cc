from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from functions.billing.models.key_memory import KeyMemory, KnownKey
from functions.billing.models.segment import KEY_HASH_BYTES, hash_key

PAYLOAD = b"\1\2\3\4"

hashes = st.binary(min_size=KEY_HASH_BYTES, max_size=KEY_HASH_BYTES)


def keys(names: Iterable[object]) -> list[tuple[bytes, bytes]]:
    return [(hash_key(str(name)), PAYLOAD) for name in names]


def test_an_empty_memory_knows_nothing() -> None:
    memory = KeyMemory()

    assert len(memory) == 0
    assert memory.find(hash_key("1")) is None
    assert memory.packed() == b""
    assert [len(half) for half in memory.halves(0)] == [0, 0]


def test_what_was_added_is_found_with_its_payload_and_place_and_nothing_else_is() -> None:
    fresh = KeyMemory()
    fresh.add(keys("ab"), place=1)
    fresh.add([(hash_key("c"), b"\xff\xff\xff\xff")], place=2**32 - 1)

    for memory in (fresh, KeyMemory(fresh.packed())):
        assert len(memory) == 3
        assert memory.find(hash_key("a")) == KnownKey(PAYLOAD, 1)
        assert memory.find(hash_key("c")) == KnownKey(b"\xff\xff\xff\xff", 2**32 - 1)
        assert memory.find(hash_key("d")) is None


def test_a_key_takes_twenty_bytes() -> None:
    memory = KeyMemory()
    memory.add(keys(range(1000)), place=1)

    assert len(memory.packed()) == 20 * 1000


def test_much_that_came_one_by_one_is_found_like_what_came_together() -> None:
    """Ten thousand: the recent ones are merged into the block on the way, more than once."""
    memory = KeyMemory()
    for place in range(1, 101):
        memory.add(keys(range(100 * place, 100 * place + 100)), place=place)

    assert len(memory) == 10_000
    assert {memory.find(hash_key(str(name))) for name in range(700, 800)} == {KnownKey(PAYLOAD, 7)}
    assert not any(hash_key(str(name)) in memory for name in range(100))
    again = KeyMemory()
    again.add(((hash_key(str(name)), PAYLOAD) for name in range(100, 10_100)), place=1)
    assert len(again.packed()) == len(memory.packed())


@given(known=st.dictionaries(hashes, st.integers(min_value=1, max_value=9)), others=st.lists(hashes))
def test_it_answers_as_a_dictionary_does_and_so_do_its_halves_together(
    known: dict[bytes, int], others: list[bytes]
) -> None:
    memory = KeyMemory()
    for key_hash, place in known.items():
        memory.add([(key_hash, PAYLOAD)], place=place)
    low, high = memory.halves(0)

    for key_hash in {*known, *others}:
        expected = KnownKey(PAYLOAD, known[key_hash]) if key_hash in known else None
        half = high if key_hash[0] >= 128 else low
        other = low if half is high else high
        assert memory.find(key_hash) == half.find(key_hash) == expected
        assert other.find(key_hash) is None
    assert len(low) + len(high) == len(memory) == len(known)


@given(known=st.sets(hashes, min_size=1), bits=st.integers(min_value=1, max_value=12))
def test_halves_of_halves_hold_what_begins_with_the_same_bits(known: set[bytes], bits: int) -> None:
    memory = KeyMemory()
    memory.add(((key_hash, PAYLOAD) for key_hash in known), place=1)
    wanted = min(known)
    prefix = int.from_bytes(wanted, "big") >> (8 * KEY_HASH_BYTES - bits)
    for bit in range(bits):
        memory = memory.halves(bit)[(wanted[bit // 8] >> (7 - bit % 8)) & 1]

    alike = {key_hash for key_hash in known if int.from_bytes(key_hash, "big") >> (8 * KEY_HASH_BYTES - bits) == prefix}
    assert len(memory) == len(alike)
    assert all(key_hash in memory for key_hash in alike)

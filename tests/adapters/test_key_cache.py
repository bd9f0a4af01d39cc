from functions.adapters.dynamodb.key_cache import KeyCache
from functions.billing.models.known_keys import KnownKeys
from functions.billing.models.segment import LogId, hash_key

PAYLOAD = bytes(4)


def shard(customer: str, keys: int, *, splits: bool = False) -> KnownKeys:
    names = [(hash_key(f"{customer} {number}"), PAYLOAD) for number in range(keys)]
    return KnownKeys(LogId("org_1", customer)).followed_by(1, keys, names, splits=splits)


def test_what_was_put_longest_ago_is_forgotten_when_there_is_too_much() -> None:
    """Each takes 1,500 bytes and twenty per key: 21,500; two of them fit into 50,000, three do not."""
    cache = KeyCache(50_000)
    for customer in ("cus_1", "cus_2"):
        cache.put(shard(customer, 1000))
    cache.put(shard("cus_1", 1000))

    cache.put(shard("cus_3", 1000))

    assert [cache.get(LogId("org_1", customer)) is not None for customer in ("cus_1", "cus_2", "cus_3")] == [
        True,
        False,
        True,
    ]


def test_many_small_logs_are_too_much_as_well() -> None:
    cache = KeyCache(50_000)
    for number in range(100):
        cache.put(shard(f"cus_{number}", 0))

    assert sum(cache.get(LogId("org_1", f"cus_{number}")) is not None for number in range(100)) == 50_000 // 1_500


def test_one_that_is_too_large_by_itself_is_remembered_alone() -> None:
    cache = KeyCache(10_000)
    cache.put(shard("cus_1", 10))

    cache.put(shard("cus_2", 1000))

    assert cache.get(LogId("org_1", "cus_1")) is None
    assert cache.get(LogId("org_1", "cus_2")) is not None


def test_a_split_is_never_forgotten_and_its_keys_go_to_the_children() -> None:
    cache = KeyCache(30_000)
    cache.put(shard("cus_1", 100, splits=True))
    children = [cache.get(LogId("org_1", "cus_1", number)) for number in (1, 2)]
    assert sum(len(child.keys) for child in children if child is not None) == 100

    for number in range(100):
        cache.put(shard(f"cus_b{number}", 10))

    root = cache.get(LogId("org_1", "cus_1"))
    assert root is not None
    assert (root.is_split, len(root.keys)) == (True, 0)
    assert cache.get(LogId("org_1", "cus_1", 1)) is None

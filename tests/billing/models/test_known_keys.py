from collections.abc import Iterable

from functions.billing.models.known_keys import KnownKeys
from functions.billing.models.segment import Fence, LogId, hash_key
from functions.billing.models.shard import child_for

LOG = LogId("org_1", "cus_1")
PAYLOAD = bytes(4)
NAMES = [str(number) for number in range(40)]


def keys(names: Iterable[str]) -> list[tuple[bytes, bytes]]:
    return [(hash_key(name), PAYLOAD) for name in names]


def grown() -> KnownKeys:
    """Twenty keys in segment 1, a fence, twenty keys in segment 3, and segment 4 that splits the shard."""
    known = KnownKeys(LOG)
    known = known.followed_by(1, 20, keys(NAMES[:20]))
    known = known.followed_by(2, 20, (), fence=Fence("acme", 1))
    known = known.followed_by(3, 40, keys(NAMES[20:]))
    return known.followed_by(4, 40, (), splits=True)


def test_the_children_of_a_shard_share_its_keys_and_each_has_its_fences() -> None:
    parent = grown()
    children = parent.children()

    assert [child.log.shard for child in children] == [1, 2]
    assert sum(len(child.keys) for child in children) == len(NAMES)
    for name in NAMES:
        child = next(child for child in children if child.log.shard == child_for(0, hash_key(name)))
        assert child.find(hash_key(name)) == parent.find(hash_key(name))
        assert child.has_before_fence(hash_key(name), "acme") == (name in NAMES[:20])
    assert [child.fenced_at("acme") for child in children] == [1, 1]
    assert [(child.last_segment, child.cumulative, child.is_split) for child in children] == [
        (0, len(child.keys), False) for child in children
    ]


def test_what_comes_to_a_child_comes_after_all_that_it_inherited() -> None:
    """The fourth place is the parent's last, so that the child's first segment is the fifth."""
    child = grown().children()[0].followed_by(1, 21, keys(["new"]))

    found = child.find(hash_key("new"))
    assert found is not None
    assert found.place == 5
    assert not child.has_before_fence(hash_key("new"), "acme")
    fenced = child.followed_by(2, 21, (), fence=Fence("acme", 2))
    assert fenced.has_before_fence(hash_key("new"), "acme")
    assert fenced.fenced_at("acme") == 2


def test_a_place_tells_the_shard_and_the_segment_that_it_lies_in() -> None:
    """The root had four segments, its second child three: the places of grandchild 5 begin at 8."""
    child = grown().children()[1]
    for number in (1, 2, 3):
        child = child.followed_by(number, 0, (), splits=number == 3)
    grandchild = child.children()[0]

    assert grandchild.log.shard == 5
    assert [grandchild.position(place) for place in (1, 4, 5, 7, 8)] == [(0, 1), (0, 4), (2, 1), (2, 3), (5, 1)]

import pytest

from functions.billing.models.shard import child_for, children_of, depth_of, parent_of, path_to


@pytest.mark.parametrize(("shard", "depth"), [(0, 0), (1, 1), (2, 1), (3, 2), (6, 2), (7, 3), (14, 3), (15, 4)])
def test_the_depth_of_a_shard_is_how_often_its_keys_were_divided(shard: int, depth: int) -> None:
    assert depth_of(shard) == depth


@pytest.mark.parametrize("shard", range(40))
def test_children_know_their_parent_and_lie_one_level_deeper(shard: int) -> None:
    for child in children_of(shard):
        assert parent_of(child) == shard
        assert depth_of(child) == depth_of(shard) + 1
        assert path_to(child) == [*path_to(shard), child]


def test_a_key_goes_down_by_the_bits_of_its_hash_beginning_with_the_highest() -> None:
    """0b0110_0000, 0b1000_0000: first 0, then 1, then 1, then six times 0, then 1."""
    key_hash, way = bytes([0b0110_0000, 0b1000_0000]), [0]
    while len(way) < 10:
        way.append(child_for(way[-1], key_hash))

    bits = [(shard - 1) % 2 for shard in way[1:]]
    assert bits == [0, 1, 1, 0, 0, 0, 0, 0, 1]
    assert way == path_to(way[-1])

"""The shards of a log: a binary tree, 0 its root, in which a key's way is told by the bits of its hash.

   0           a shard that grew too large is closed by a marker, and its children go on:
 1   2         n has the children 2n+1 and 2n+2, for the next bit of the hash
3 4 5 6
"""


def depth_of(shard: int) -> int:
    """How many bits of the hash a shard's keys have in common."""
    return (shard + 1).bit_length() - 1


def children_of(shard: int) -> tuple[int, int]:
    return 2 * shard + 1, 2 * shard + 2


def parent_of(shard: int) -> int:
    """Of any shard but the root."""
    return (shard - 1) // 2


def child_for(shard: int, key_hash: bytes) -> int:
    """The child in which a key of the shard goes on."""
    byte, bit = divmod(depth_of(shard), 8)
    return children_of(shard)[key_hash[byte] >> (7 - bit) & 1]


def path_to(shard: int) -> list[int]:
    """The shards from the root to this one, both included."""
    path = [shard]
    while path[-1] != 0:
        path.append(parent_of(path[-1]))
    return path[::-1]

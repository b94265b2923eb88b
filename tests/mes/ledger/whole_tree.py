"""The tree over some entries, every level of it kept: what the one that is read piece by piece is compared with."""

from __future__ import annotations

from collections.abc import Iterable

from mes.ledger.merkle import MerklePaths, leaf_hash, node_hash


class Tree(MerklePaths):
    """A whole tree, every level kept. `levels[h][i]` is the root of the i-th full subtree of 2^h leaves."""

    def __init__(self, entries: Iterable[bytes]) -> None:
        level = [leaf_hash(entry) for entry in entries]
        self.size = len(level)
        self.levels = [level]
        while len(level) > 1:
            level = [node_hash(level[place], level[place + 1]) for place in range(0, len(level) - 1, 2)]
            self.levels.append(level)

    def node(self, height: int, place: int) -> bytes:
        """The root of a full subtree."""
        return self.levels[height][place]

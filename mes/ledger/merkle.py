"""The Merkle tree of RFC 9162, section 2.1, with SHA-256: roots that grow, inclusion and consistency proofs.

An entry is the 32 bytes of an event's hash. A `Frontier` holds the roots of the full subtrees on the tree's right
edge, largest first: one for each bit that is set in the number of leaves. It is all that is needed to go on.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """SHA-256 of 0x00 and the entry."""
    return hashlib.sha256(b"\0" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256 of 0x01 and the two hashes below."""
    return hashlib.sha256(b"\1" + left + right).digest()


class Frontier:
    """A tree that only grows, of which only its right edge is kept."""

    def __init__(self, size: int = 0, roots: Iterable[bytes] = ()) -> None:
        self.size, self.roots = size, list(roots)
        if len(self.roots) != size.bit_count() or any(len(root) != HASH_BYTES for root in self.roots):
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} full subtrees on its edge")

    def append(self, entry: bytes) -> None:
        """Add a leaf on the right."""
        root, size = leaf_hash(entry), self.size
        while size & 1:
            root = node_hash(self.roots.pop(), root)
            size >>= 1
        self.roots.append(root)
        self.size += 1

    def root(self) -> bytes:
        """The root of the tree as it is now."""
        if not self.roots:
            return EMPTY_ROOT
        root = self.roots[-1]
        for left in reversed(self.roots[:-1]):
            root = node_hash(left, root)
        return root


class MerklePaths(ABC):
    """Roots and proofs of a tree of `size` leaves, from the roots of its full subtrees."""

    size: int

    @abstractmethod
    def node(self, height: int, place: int) -> bytes:
        """The root of the `place`-th full subtree of 2^height leaves."""

    def root(self, size: int | None = None) -> bytes:
        """The root of the tree's first `size` leaves, by default of all."""
        size = self.size if size is None else size
        return self._range(0, size) if size else EMPTY_ROOT

    def inclusion(self, index: int, size: int | None = None) -> list[bytes]:
        """PATH(index, D[size]) of RFC 9162, section 2.1.3.1: from the leaf's sister up.

        Raises:
            ValueError: the tree of that size has no such leaf.
        """
        size = self.size if size is None else size
        if not 0 <= index < size <= self.size:
            raise ValueError(f"there is no leaf {index} in a tree of {size}")
        start, end, path = 0, size, []
        while end - start > 1:
            middle = start + _left_leaves(end - start)
            if index < middle:
                path.append(self._range(middle, end))
                end = middle
            else:
                path.append(self._range(start, middle))
                start = middle
        return path[::-1]

    def consistency(self, old_size: int, size: int | None = None) -> list[bytes]:
        """PROOF(old_size, D[size]) of RFC 9162, section 2.1.4.1: that the larger tree begins with the smaller one.

        Raises:
            ValueError: the sizes are not 0 < old_size <= size.
        """
        size = self.size if size is None else size
        if not 0 < old_size <= size <= self.size:
            raise ValueError(f"a tree of {old_size} is no beginning of one of {size}")
        start, end, known, path = 0, size, True, []
        while old_size != end:
            middle = start + _left_leaves(end - start)
            if old_size <= middle:
                path.append(self._range(middle, end))
                end = middle
            else:
                path.append(self._range(start, middle))
                start, known = middle, False
        return ([] if known else [self._range(start, end)]) + path[::-1]

    def _range(self, start: int, end: int) -> bytes:
        """The root over some leaves, where `start` is a place at which a subtree begins."""
        height = (end - start).bit_length() - 1
        if end - start == 1 << height:
            return self.node(height, start >> height)
        middle = start + _left_leaves(end - start)
        return node_hash(self._range(start, middle), self._range(middle, end))


def root_of_inclusion(entry: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """The root that an inclusion proof leads to (RFC 9162, section 2.1.3.2); None where it has not its length."""
    if not 0 <= index < size:
        return None
    place, last, root = index, size - 1, leaf_hash(entry)
    for sister in path:
        if last == 0:
            return None
        if place & 1 or place == last:
            root = node_hash(sister, root)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            root = node_hash(root, sister)
        place, last = place >> 1, last >> 1
    return root if last == 0 else None


def roots_of_consistency(
    old_size: int, size: int, old_root: bytes, path: Sequence[bytes]
) -> tuple[bytes, bytes] | None:
    """Older and newer root that a consistency proof leads to (RFC 9162, section 2.1.4.2); None for a wrong length."""
    if not 0 < old_size <= size:
        return None
    if old_size == size:
        return (old_root, old_root) if not path else None
    steps = list(path) if old_size & (old_size - 1) else [old_root, *path]
    if not steps:
        return None
    place, last = old_size - 1, size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    older = newer = steps[0]
    for sister in steps[1:]:
        if last == 0:
            return None
        if place & 1 or place == last:
            older, newer = node_hash(sister, older), node_hash(sister, newer)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            newer = node_hash(newer, sister)
        place, last = place >> 1, last >> 1
    return (older, newer) if last == 0 else None


def _left_leaves(leaves: int) -> int:
    """The largest power of two below a number of leaves greater than one."""
    return 1 << (leaves - 1).bit_length() - 1

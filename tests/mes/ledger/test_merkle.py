"""The Merkle tree: published vectors, another implementation as witness, and every damaged proof refused."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymerkle import InmemoryTree, verify_consistency, verify_inclusion

from mes.ledger.merkle import EMPTY_ROOT, Frontier, root_of_inclusion, roots_of_consistency
from tests.mes.ledger.whole_tree import Tree

# The entries, roots and proofs of the Certificate Transparency project's own tests (RFC 6962 and 9162 hash alike).
VECTOR = [bytes.fromhex(text) for text in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
)]  # fmt: skip
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
INCLUSION_OF_5_IN_8 = (
    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
)
CONSISTENCY_OF_6_AND_8 = (
    "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
)


def test_published_roots_and_proofs() -> None:
    tree, growing = Tree(VECTOR), Frontier()
    assert growing.root() == Tree([]).root() == EMPTY_ROOT == hashlib.sha256().digest()
    for size, root in enumerate(ROOTS, start=1):
        growing.append(VECTOR[size - 1])
        assert tree.root(size).hex() == growing.root().hex() == root
    assert tuple(part.hex() for part in tree.inclusion(5)) == INCLUSION_OF_5_IN_8
    assert tuple(part.hex() for part in tree.consistency(6)) == CONSISTENCY_OF_6_AND_8


def entries(count: int) -> list[bytes]:
    return [hashlib.sha256(str(place).encode()).digest() for place in range(count)]


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_another_implementation_accepts_our_proofs_and_has_our_roots(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 300))
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    ours, theirs = Tree(entries(size)), InmemoryTree(algorithm="sha256")
    for entry in entries(size):
        theirs.append_entry(entry)
    assert ours.root() == theirs.get_root()
    assert ours.root(old) == theirs.get_root(old)
    assert [theirs.get_leaf(index + 1), *ours.inclusion(index)] == theirs.prove_inclusion(index + 1).path
    verify_inclusion(theirs.get_leaf(index + 1), ours.root(), theirs.prove_inclusion(index + 1))
    verify_consistency(ours.root(old), ours.root(), theirs.prove_consistency(old, size))  # its form is its own
    assert root_of_inclusion(entries(size)[index], index, size, ours.inclusion(index)) == ours.root()
    assert roots_of_consistency(old, size, ours.root(old), ours.consistency(old)) == (ours.root(old), ours.root())


def damaged(path: Sequence[bytes], data: st.DataObject) -> list[bytes]:
    """A proof with one part altered, dropped, doubled or moved."""
    place = data.draw(st.integers(0, max(len(path) - 1, 0)))
    how = data.draw(st.sampled_from(["alter", "drop", "double"] if path else ["double"]))
    if how == "alter":
        return [*path[:place], hashlib.sha256(path[place]).digest(), *path[place + 1 :]]
    if how == "drop":
        return [*path[:place], *path[place + 1 :]]
    return [*path, bytes(32)]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_damaged_proof_leads_to_no_such_root(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 70))
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    tree, some = Tree(entries(size)), entries(size)
    assert root_of_inclusion(some[index], index, size, damaged(tree.inclusion(index), data)) != tree.root()
    other = data.draw(st.integers(0, size - 1).filter(lambda place: place != index)) if size > 1 else None
    if other is not None:
        assert root_of_inclusion(some[index], other, size, tree.inclusion(index)) != tree.root()
    roots = tree.root(old), tree.root()
    assert roots_of_consistency(old, size, roots[0], damaged(tree.consistency(old), data)) != roots


@pytest.mark.parametrize(("index", "size"), [(3, 3), (-1, 3), (0, 4)])
def test_what_a_tree_has_not_is_not_proved(index: int, size: int) -> None:
    tree = Tree(entries(3))
    with pytest.raises(ValueError, match="leaf"):
        tree.inclusion(index, size)
    with pytest.raises(ValueError, match="beginning"):
        tree.consistency(size + 1, size)


def test_a_frontier_that_fits_no_size_is_refused() -> None:
    with pytest.raises(ValueError, match="full subtrees"):
        Frontier(3, [bytes(32)])

"""Grouping of points into few block reads.

Each request costs a round trip of some milliseconds, so that neighbouring points are read together, with the
gaps between them. A device may refuse a block that touches an address it does not have; then the block is
split.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from lines.modbus.registers import ModbusAddress, Table

MAX_GAP = 32
"""Registers (or bits) read in vain are cheaper than another request up to about this many."""


@dataclass(frozen=True, slots=True)
class Span:
    """Where a point lies: its name, address and length in registers (or bits)."""

    name: str
    address: ModbusAddress
    length: int

    @property
    def end(self) -> int:
        """The offset behind the last register."""
        return self.address.offset + self.length


@dataclass(frozen=True, slots=True)
class Block:
    """One read request: a run of registers of one table that covers all its spans, which are in address
    order.
    """

    table: Table
    offset: int
    length: int
    spans: tuple[Span, ...]


Illegal = Collection[tuple[Table, range]]
"""Offsets that no request may touch."""


def group(spans: Iterable[Span], max_block: int, max_gap: int = MAX_GAP, illegal: Illegal = ()) -> tuple[Block, ...]:
    """The fewest blocks of at most ``max_block`` registers that cover all spans, no gap larger than
    ``max_gap``, and none with an ``illegal`` address between two spans.

    A span longer than ``max_block`` becomes a block of its own: the device has to give it in one answer
    anyway, and says so if it cannot.
    """
    ordered = sorted(spans, key=lambda span: (span.address.table, span.address.offset, span.end))
    blocks: list[Block] = []
    for _, members in groupby(ordered, key=lambda span: span.address.table):
        run: list[Span] = []
        for span in members:
            if run and not _fits(run, span, max_block, max_gap, illegal):
                blocks.append(block_of(run))
                run = []
            run.append(span)
        blocks.append(block_of(run))
    return tuple(blocks)


def split(block: Block) -> tuple[Block, ...]:
    """A refused block as two, parted at its widest gap, else in the middle; () if it is a single span.

    The widest gap is the likeliest place of an address that the device does not have.
    """
    if len(block.spans) < 2:
        return ()
    middle = len(block.spans) / 2
    cuts = range(1, len(block.spans))
    cut = max(cuts, key=lambda at: (_gap(block.spans[:at], block.spans[at]), -abs(at - middle)))
    return block_of(block.spans[:cut]), block_of(block.spans[cut:])


def block_of(spans: Sequence[Span]) -> Block:
    """The block that covers spans of one table, which are in address order."""
    first = spans[0].address
    end = max(span.end for span in spans)
    return Block(first.table, first.offset, end - first.offset, tuple(spans))


def touches(table: Table, first: int, end: int, illegal: Illegal) -> bool:
    """Whether one of the offsets from ``first`` to before ``end`` is illegal."""
    return any(table is other and first < span.stop and span.start < end for other, span in illegal)


def _fits(run: Sequence[Span], span: Span, max_block: int, max_gap: int, illegal: Illegal) -> bool:
    first = run[0].address
    end = max(span.end, *(member.end for member in run))
    if end - first.offset > max_block or _gap(run, span) > max_gap:
        return False
    return not touches(first.table, first.offset, end, illegal)


def _gap(run: Sequence[Span], span: Span) -> int:
    return max(0, span.address.offset - max(member.end for member in run))

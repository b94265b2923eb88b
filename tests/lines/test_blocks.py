"""Grouping of points into block reads."""

from hypothesis import given
from hypothesis import strategies as st

from lines.modbus.blocks import Block, Span, group, split
from lines.modbus.registers import ModbusAddress, Table


def span(offset: int, length: int = 1, table: Table = Table.HOLDING) -> Span:
    return Span(f"{table}_{offset}_{length}", ModbusAddress(table, offset), length)


def shape(blocks: tuple[Block, ...]) -> list[tuple[int, int]]:
    return [(block.offset, block.length) for block in blocks]


def test_neighbours_are_read_together_with_the_gap_between_them() -> None:
    assert shape(group([span(0), span(1), span(10, 2)], 100)) == [(0, 12)]


def test_a_block_is_never_longer_than_the_device_allows() -> None:
    assert shape(group([span(0), span(5), span(9), span(10)], 10)) == [(0, 10), (10, 1)]


def test_a_wide_gap_parts_blocks() -> None:
    assert shape(group([span(0), span(90)], 100, max_gap=32)) == [(0, 1), (90, 1)]


def test_tables_are_read_apart() -> None:
    blocks = group([span(0), span(1, table=Table.INPUT)], 100)
    assert {block.table for block in blocks} == {Table.HOLDING, Table.INPUT}


def test_a_value_longer_than_a_block_is_read_on_its_own() -> None:
    assert shape(group([span(0), span(1, 20), span(21)], 10)) == [(0, 1), (1, 20), (21, 1)]


def test_two_bits_of_one_register_are_read_once() -> None:
    assert shape(group([span(3), Span("other", ModbusAddress(Table.HOLDING, 3), 1)], 10)) == [(3, 1)]


def test_a_refused_block_is_parted_at_its_widest_gap() -> None:
    (block,) = group([span(0), span(1), span(10), span(12)], 100)
    assert shape(split(block)) == [(0, 2), (10, 3)]


def test_a_refused_block_without_gaps_is_halved() -> None:
    (block,) = group([span(offset) for offset in range(8)], 100)
    assert shape(split(block)) == [(0, 4), (4, 4)]


def test_a_single_refused_value_cannot_be_split() -> None:
    (block,) = group([span(5, 2)], 100)
    assert split(block) == ()


def test_a_block_never_goes_across_an_illegal_address() -> None:
    illegal = [(Table.HOLDING, range(4, 7)), (Table.INPUT, range(100))]
    assert shape(group([span(0), span(3), span(7), span(9)], 100, illegal=illegal)) == [(0, 4), (7, 3)]


spans = st.lists(
    st.builds(span, st.integers(0, 300), st.integers(1, 4), st.sampled_from([Table.HOLDING, Table.INPUT])),
    min_size=1,
    max_size=40,
)


@given(spans, st.integers(4, 125), st.integers(0, 40))
def test_every_value_lies_in_exactly_one_block_of_allowed_length(given_spans: list[Span], most: int, gap: int) -> None:
    blocks = group(given_spans, most, gap)
    held = [member for block in blocks for member in block.spans]
    assert sorted(held, key=repr) == sorted(given_spans, key=repr)
    for block in blocks:
        assert block.length <= most
        assert all(block.offset <= s.address.offset and s.end <= block.offset + block.length for s in block.spans)


@given(spans)
def test_splitting_ends_at_single_values_and_loses_none(given_spans: list[Span]) -> None:
    waiting, single = list(group(given_spans, 125)), []
    while waiting:
        block = waiting.pop()
        waiting.extend(parts := split(block))
        single.extend([] if parts else block.spans)
    assert sorted(single, key=repr) == sorted(given_spans, key=repr)


@given(spans, st.integers(4, 125), st.lists(st.tuples(st.integers(0, 300), st.integers(1, 20)), max_size=5))
def test_no_register_between_two_values_is_illegal(
    given_spans: list[Span], most: int, holes: list[tuple[int, int]]
) -> None:
    illegal = [(Table.HOLDING, range(first, first + length)) for first, length in holes]
    touched = {offset for _, hole in illegal for offset in hole}
    legal = [
        s for s in given_spans if s.address.table is Table.INPUT or not touched & {*range(s.address.offset, s.end)}
    ]
    blocks = group(legal, most, illegal=illegal)
    assert sum(len(block.spans) for block in blocks) == len(legal)
    for block in blocks:
        assert block.table is Table.INPUT or not touched & {*range(block.offset, block.offset + block.length)}

"""Which blocks are asked for a set of points; what the device refuses is learnt."""

from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence

from lines.adapter import DeviceUnavailableError, Sample
from lines.modbus.blocks import Block, Illegal, Span, group, split, touches
from lines.modbus.bus import RefusedError
from lines.modbus.decoding import BlockDecoder
from lines.modbus.registers import parse_address, parse_illegal
from lines.profile import Point, Profile

ASK_AGAIN_SECONDS = (1.0, 60.0)
"""What a device refused is left out for so long: at first, and, by doubling, in the end. It costs a request each time,
and may be there one day."""


class Plan:
    """The blocks for a set of points: at first the fewest that the profile allows, then those the device answers."""

    def __init__(self, points: Iterable[Point], profile: Profile) -> None:
        self._points = {point.name: point for point in points}
        self._profile = profile
        self._never: dict[str, Sample] = {}
        self._blocks: list[tuple[Block, BlockDecoder]] = []
        self._refused: list[tuple[Block, Sample]] = []
        self._ask_again_at = 0.0
        self._left_out_seconds = ASK_AGAIN_SECONDS[0]
        self._begin()

    async def read(self, ask: Callable[[Block], Awaitable[Sequence[int]]], now: float) -> dict[str, Sample]:
        """A sample of each point; ``now`` is in seconds of any clock. Raises what ``ask`` raises, but for
        :class:`RefusedError`, and :class:`DeviceUnavailableError` where every point of the profile is refused: then it
        is the device that is not well, and not the profile.
        """
        if self._refused and now >= self._ask_again_at:
            self._begin()
        samples = dict(self._never)
        waiting, answered = deque(self._blocks), []
        while waiting:
            block, decoder = waiting.popleft()
            try:
                registers = await ask(block)
            except RefusedError as error:
                parts = split(block) if error.is_of_address else ()
                waiting.extendleft((part, self._decoder(part)) for part in reversed(parts))
                if not parts and error.is_lasting:
                    self._leave_out(block, str(error), now)
                elif not parts:
                    answered.append((block, decoder))
                    samples.update((span.name, Sample(None, str(error))) for span in block.spans)
                continue
            answered.append((block, decoder))
            samples.update(decoder.samples(registers))
        self._blocks = answered
        if not self._refused:
            self._left_out_seconds = ASK_AGAIN_SECONDS[0]
        if self._refused and not answered and len(self._points) == len(self._profile.points):
            raise DeviceUnavailableError(f"nothing is answered: {self._refused[0][1].error}")
        for block, sample in self._refused:
            samples.update((span.name, sample) for span in block.spans)
        return samples

    def _begin(self) -> None:
        """Plan as if nothing was ever refused."""
        profile = self._profile
        illegal = illegal_spans(profile)
        spans = []
        for point in self._points.values():
            span = span_of(point)
            if touches(span.address.table, span.address.offset, span.end, illegal):
                self._never[point.name] = Sample(None, f"the profile calls {point.address} illegal")
            else:
                spans.append(span)
        blocks = group(spans, profile.max_block, profile.max_gap, illegal)
        self._blocks = [(block, self._decoder(block)) for block in blocks]
        self._refused = []

    def _decoder(self, block: Block) -> BlockDecoder:
        return BlockDecoder(block, self._points, self._profile)

    def _leave_out(self, block: Block, reason: str, now: float) -> None:
        if not self._refused:
            self._ask_again_at = now + self._left_out_seconds
            self._left_out_seconds = min(2 * self._left_out_seconds, ASK_AGAIN_SECONDS[1])
        self._refused.append((block, Sample(None, reason)))


def span_of(point: Point) -> Span:
    """Where a point lies."""
    address = parse_address(point.address)
    return Span(point.name, address, 1 if address.table.is_bits else point.type.registers)


def illegal_spans(profile: Profile) -> Illegal:
    """The addresses that no request may touch."""
    return [parse_illegal(text) for text in profile.illegal]

"""What a sample says about its lot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from quality.sampling.choosing import chosen_ordinals
from quality.verdict import Verdict


class LotState(StrEnum):
    """How far the judgement of a lot is."""

    OPEN = "open"
    """chosen pieces are not measured yet"""
    ACCEPTED = "accepted"
    """every chosen piece passes: the lot does"""
    WHOLE = "whole"
    """a chosen piece failed: every piece of the lot is inspected, and each stands for itself"""
    SORTED = "sorted"
    """every piece of a lot with a failed sample was inspected; those that passed may leave"""


@dataclass(frozen=True)
class LotOutcome:
    """State of a lot, the pieces still to be measured, and those that failed."""

    state: LotState
    to_measure: tuple[str, ...]
    failed: tuple[str, ...]


def lot_outcome(
    lot_number: str, pieces: Sequence[str], sample: int, results: Mapping[str, Verdict | None]
) -> LotOutcome:
    """The state of a lot after the verdicts so far (None or absent: not measured).

    A failed piece, chosen or not, has the whole lot inspected piece by piece, as a lot that fails its sample is not
    accepted as it is.
    """
    failed = tuple(piece for piece in pieces if results.get(piece) is Verdict.FAIL)
    wanted = pieces if failed else [pieces[place - 1] for place in chosen_ordinals(lot_number, len(pieces), sample)]
    open_pieces = tuple(piece for piece in wanted if results.get(piece) is None)
    if failed:
        return LotOutcome(LotState.WHOLE if open_pieces else LotState.SORTED, open_pieces, failed)
    return LotOutcome(LotState.OPEN if open_pieces else LotState.ACCEPTED, open_pieces, ())

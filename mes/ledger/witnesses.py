"""Who else remembers what was recorded: rows of upper rooms that name events, or say what an event must have said.

What was recorded after the last checkpoint can be cut off at the ledger's end, and what is left fits. But a receipt, a
connector's cursor or an element's state still tells of it. An upper room adds its witness with `@witness`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from sqlalchemy.orm import Session

from mes.core.text import Text


class Missing(NamedTuple):
    """Something that the ledger ought to hold: the number of the event, where it is known, and who says so."""

    sequence: int | None
    fault: Text


Witness = Callable[[Session], Iterator[Missing]]
_witnesses: list[Witness] = []


def witness(function: Witness) -> Witness:
    """Have a function heard when the ledger is checked.

    It compares with the ledger as it is in the same statement, so that it says nothing wrong while events are recorded.
    """
    _witnesses.append(function)
    return function


def all_witnesses() -> Sequence[Witness]:
    """The witnesses of every room that is loaded; `mes.witnesses` loads them all."""
    return tuple(_witnesses)


def told_by(session: Session, witnesses: Sequence[Witness]) -> Iterator[Missing]:
    """What witnesses miss, one after the other."""
    for one in witnesses:
        yield from one(session)

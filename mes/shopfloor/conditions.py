"""What rooms above ask of the shop floor's steps and things, without the shop floor knowing them.

A room above registers a condition when it is imported; the shop floor asks all of them wherever a lot is used, a
pallet or mould taken, a batch poured or an operation begun or finished, whoever does it: person, program or machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from sqlalchemy.orm import Session

from mes.core.commands import Work
from mes.core.errors import Conflict
from mes.core.text import Text
from mes.library.models import Mould
from mes.orders.models import Element
from mes.planning.models import Operation, Pallet
from mes.shopfloor.models import CastingBatch, MaterialLot

T = TypeVar("T")


@dataclass(frozen=True)
class Missing:
    """One thing that is missing.

    `waits_for`: station | inspection | batch | strength | resume | supervisor | first_article | mould.
    """

    waits_for: str
    reason: Text


class ConditionNotMet(Conflict):
    """Something must not be used or done now; the message says what is missing."""


class Conditions(Generic[T]):
    """What must hold before something of a kind is used; each condition yields what is missing."""

    def __init__(self) -> None:
        self._asked: list[Callable[[Session, T], Iterable[Missing]]] = []

    def add(self, condition: Callable[[Session, T], Iterable[Missing]]) -> Callable[[Session, T], Iterable[Missing]]:
        """Ask this as well from now on (a decorator)."""
        self._asked.append(condition)
        return condition

    def missing(self, session: Session, thing: T) -> list[Missing]:
        """Everything that speaks against using it now."""
        return [missing for condition in self._asked for missing in condition(session, thing)]

    def require(self, session: Session, thing: T) -> None:
        """Raise `ConditionNotMet` with the first thing that is missing, if anything is."""
        for missing in self.missing(session, thing):
            raise ConditionNotMet(missing.reason)


LOT_USE: Conditions[MaterialLot] = Conditions()
"""A lot of material goes into a load or a batch."""
BATCH_USE: Conditions[CastingBatch] = Conditions()
"""A batch of concrete is poured into a load."""
PALLET_USE: Conditions[Pallet] = Conditions()
"""A pallet enters its line under a load."""
MOULD_USE: Conditions[Mould] = Conditions()
"""A mould shapes the elements of a load."""
OPERATION: Conditions[Operation] = Conditions()
"""An operation begins, and is finished."""

Lock = Callable[[Session, Operation], None]
_before_beginning: list[Lock] = []


def before_beginning(lock: Lock) -> Lock:
    """Call this in the transaction that begins an operation, before its conditions are asked (a decorator).

    For locks: what two operations may not both do at one moment, the second does once the first is done.
    """
    _before_beginning.append(lock)
    return lock


def lock_for_beginning(session: Session, operation: Operation) -> None:
    """An operation is about to begin: whatever its conditions rest on stays as it is until it has."""
    for lock in _before_beginning:
        lock(session, operation)


Follower = Callable[[Work, Sequence[Element], datetime], None]
_after_finishing: list[Follower] = []


def after_finishing(follower: Follower) -> Follower:
    """Call this whenever elements are finished, in the same transaction (a decorator)."""
    _after_finishing.append(follower)
    return follower


def tell_finished(work: Work, elements: Sequence[Element], at: datetime) -> None:
    """Elements are finished: every follower does its part."""
    for follower in _after_finishing:
        follower(work, elements, at)

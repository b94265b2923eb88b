"""What rooms above know of a load at a station, for the operator's page, without the shop floor knowing them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from mes.core.text import Text
from mes.planning.models import Operation


@dataclass(frozen=True)
class StationHint:
    """A few words in large letters about a load: `value` is what the operator looks for, `rests_on` where from.

    `tone` is one of good, info, warn; `at` is shown as a time of day in the place %(time)s of `value`.
    """

    title: Text
    value: Text
    rests_on: tuple[Text, ...]
    tone: str = "info"
    at: datetime | None = None
    url: str = ""


Teller = Callable[[Session, Operation], Iterable[StationHint]]
_tellers: list[Teller] = []


def tells_operators(teller: Teller) -> Teller:
    """Ask this as well for the page of every station's operation (a decorator)."""
    _tellers.append(teller)
    return teller


def hints_for(session: Session, operation: Operation) -> list[StationHint]:
    """Everything that rooms above have to say about an operation's load."""
    return [hint for teller in _tellers for hint in teller(session, operation)]

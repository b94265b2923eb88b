"""Issuing a paper without keeping others waiting: it is printed between two transactions, not within one."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Any, TypeVar

import structlog
from pydantic import Field, SkipValidation

from mes.core.actor import Actor
from mes.core.clock import Clock
from mes.core.commands import Answer, Command, CommandRecord, UseCase, Work, perform
from mes.core.database import Database
from mes.inspection.documents.issuing import Draft, Pressed, PressedInVain, compose, print_sheet
from mes.inspection.documents.press import CertificatePress

log = structlog.get_logger(__name__)

MOST_PRINTINGS = 5
"""After so many in vain a paper is printed within its transaction: that keeps others waiting, but comes to an end."""


class IssuePaper(Command):
    """Base of commands that issue a paper; `press` makes its PDF, `ahead` is the one that is `Pressed` already."""

    press: SkipValidation[CertificatePress] = Field(exclude=True, repr=False)
    ahead: Any = Field(default=None, exclude=True, repr=False)


C = TypeVar("C", bound=IssuePaper)
A = TypeVar("A", bound=Answer)
Drafting = Callable[[Work, C], Draft]
_printing = Lock()


def issue_ahead(
    database: Database, actor: Actor, clock: Clock, use: UseCase[C, A], drafting: Drafting[C], command: C
) -> A:
    """Perform a use case that issues a paper: gather in a reading transaction, print, then issue in a short one.

    One paper at a time is printed in a process, so that its threads do not print for the same number. What another
    process, or a change of facts, made vain is gathered and printed again.

    Args:
        drafting: what the use case itself asks for its draft.

    Raises:
        whatever the use case raises.
    """
    actor.require(use.permission)
    for attempt in range(MOST_PRINTINGS):
        with _printing:
            pressed = _pressed(database, actor, clock, drafting, command)
            try:
                return perform(database, actor, clock, use, command.model_copy(update={"ahead": pressed}))
            except PressedInVain:
                log.info("paper printed in vain", use_case=use.__name__, attempt=attempt + 1)
    return perform(database, actor, clock, use, command)


def _pressed(database: Database, actor: Actor, clock: Clock, drafting: Drafting[C], command: C) -> Pressed | None:
    """The paper as it would be issued now; None where the command was answered before."""
    with database.reading() as session:
        if session.get(CommandRecord, command.command_id) is not None:
            return None
        work = Work(session, actor, clock)
        sheet = compose(work, command.press, drafting(work, command), work.event_time(command))
    return print_sheet(command.press, sheet)

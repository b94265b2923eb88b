"""What each command works with: the settings, the database, and a transaction for a use case."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TypeVar
from zoneinfo import ZoneInfo

import click

from mes.config import Settings
from mes.core import commands
from mes.core.actor import Actor
from mes.core.clock import SystemClock
from mes.core.commands import Answer, Command, UseCase
from mes.core.database import Database

C = TypeVar("C", bound=Command)
A = TypeVar("A", bound=Answer)


class Context:
    """Settings and database of one run of the command line; made when first asked for."""

    def __init__(self, load: Callable[..., Settings]) -> None:
        self.load = load

    @cached_property
    def settings(self) -> Settings:
        """The settings in force."""
        return self.load()

    @cached_property
    def database(self) -> Database:
        """The database of the settings; with it come all tables and kinds of things."""
        import mes.kinds
        import mes.tables  # noqa: F401

        return Database(self.settings.effective_database_url)

    @cached_property
    def clock(self) -> SystemClock:
        """The machine's clock in the factory's zone."""
        return SystemClock(ZoneInfo(self.settings.zone))

    def perform(self, use: UseCase[C, A], command: C, actor: Actor | None = None) -> A:
        """Run a use case in a transaction of its own, by default as the program itself."""
        from mes.accounts.service import SYSTEM

        return commands.perform(self.database, actor or SYSTEM, self.clock, use, command)


pass_context = click.make_pass_decorator(Context)

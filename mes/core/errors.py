"""Errors that a person can act on. The web and the command line map them to an answer in one place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mes.core.text import N_, Text


@dataclass(frozen=True)
class Fault:
    """One thing wrong with what was sent in: `where` is a field, a JSON path or a sheet and cell."""

    where: str
    reason: Text


class MesError(Exception):
    """Base of every error with a message for people. `status` is the HTTP status it becomes."""

    status = 400
    title = N_("The request was refused")

    def __init__(self, reason: Text | str, faults: Sequence[Fault] = ()) -> None:
        self.reason = reason if isinstance(reason, Text) else Text(reason)
        self.faults = tuple(faults)
        super().__init__(str(self.reason))

    @property
    def code(self) -> str:
        """A stable name for programs: the class's own, in kebab case."""
        name = type(self).__name__
        return "".join("-" + c.lower() if c.isupper() else c for c in name).lstrip("-")


class InvalidInput(MesError):
    """What was sent breaks a rule of form or of the field; nothing was changed."""

    status = 422
    title = N_("Something in the input is not right")


class NotSignedIn(MesError):
    """Nobody is signed in and no valid token was sent."""

    status = 401
    title = N_("Please sign in")


class Forbidden(MesError):
    """The person or program has no permission for this."""

    status = 403
    title = N_("You have no permission for this")


class NotFound(MesError):
    """The thing does not exist, or is not this person's to see."""

    status = 404
    title = N_("Not found")


class Conflict(MesError):
    """The present state does not allow this, or somebody else was faster."""

    status = 409
    title = N_("This does not fit the present state")


class StaleVersion(Conflict):
    """Somebody else changed the thing since it was read."""


class CommandReused(Conflict):
    """A command id came back with another content."""


class TooManyAttempts(MesError):
    """Throttled: too many attempts in a short time."""

    status = 429
    title = N_("Too many attempts")


class Unavailable(MesError):
    """Something the request needs cannot be reached at the moment."""

    status = 503
    title = N_("Not available at the moment")

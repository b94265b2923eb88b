"""The projects a person can be limited to. They live in an upper room, which tells them here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

from sqlalchemy.orm import Session

Projects = Callable[[Session], Sequence[tuple[UUID, str]]]
_lookups: list[Projects] = []


def names_projects(lookup: Projects) -> Projects:
    """Register how to list projects: their id and name."""
    _lookups.append(lookup)
    return lookup


def project_choices(session: Session) -> list[tuple[str, str]]:
    """Every project as (id, name), for forms."""
    return [(str(project_id), name) for lookup in _lookups for project_id, name in lookup(session)]

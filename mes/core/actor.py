"""Who acts: a person, a machine, a program, or the system itself. Denied unless granted."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from mes.core.errors import Forbidden, NotFound
from mes.core.text import N_, Text


@dataclass(frozen=True)
class Actor:
    """Whoever asks for something to be done, as the ledger will remember them.

    `project_ids` is None for everybody of the plant, and a set for those who may see these projects only. `crew` is
    the person's crew (班组), `device` what they hold in their hand: a tablet's name, or what its browser says.
    """

    id: str
    name: str
    role: str
    organisation: str
    permissions: frozenset[str] = field(default_factory=frozenset)
    project_ids: frozenset[UUID] | None = None
    kind: str = "person"  # person | machine | program | system
    crew: str = ""
    device: str = ""

    def may(self, permission: str) -> bool:
        """Whether `permission` (resource:action) was granted."""
        return permission in self.permissions

    def require(self, permission: str) -> None:
        """Raise `Forbidden` unless `permission` was granted."""
        if not self.may(permission):
            raise Forbidden(
                Text(
                    N_("%(name)s may not do this (%(permission)s)"),
                    {"name": self.name, "permission": permission},
                )
            )

    def may_see_project(self, project_id: UUID) -> bool:
        """Whether this actor's scope covers the project."""
        return self.project_ids is None or project_id in self.project_ids

    def require_project(self, project_id: UUID) -> None:
        """Raise `NotFound` for a project outside this actor's scope, as if it did not exist."""
        if not self.may_see_project(project_id):
            raise NotFound(Text(N_("There is no such project for you")))


NOBODY = Actor("nobody", "nobody", "none", "", kind="system")

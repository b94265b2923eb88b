"""Reading what packages are of, and the packages themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, func, select, true
from sqlalchemy.orm import Session

from mes.core.actor import Actor
from mes.core.errors import Fault, InvalidInput, NotFound
from mes.core.jobs import Job
from mes.core.text import N_, Text
from mes.orders.models import Element, Order, Project
from mes.traceability.models import ArchivePackage

SCOPES = {"element": N_("Element"), "order": N_("Order"), "project": N_("Project")}
KIND = "archive.package"
MOST_OFFERED = 50


class NothingToArchive(InvalidInput):
    """There is no such element, order or project, or nothing of it was made."""


@dataclass(frozen=True)
class Target:
    """What a package is of."""

    scope: str
    key: str
    project: Project
    elements: int


def target_of(session: Session, actor: Actor, scope: str, key: str) -> Target:
    """The element (by its serial), order (by its number) or project (by its code) that a package is of.

    Raises:
        NothingToArchive: there is none, or it is of a project this actor may not see.
    """
    query = elements_within(scope, key)
    first = session.execute(query.limit(1)).first()
    if first is None or not actor.may_see_project(first.project_id):
        reason = Text(N_("There is no such element, order or project with elements"))
        raise NothingToArchive(reason, [Fault("key", reason)])
    count = session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    return Target(scope, key, session.get_one(Project, first.project_id), count)


def elements_within(scope: str, key: str) -> Select[UUID, int, UUID]:
    """Id, serial and project of the elements of a scope, by serial."""
    query = select(Element.id, Element.serial, Element.project_id).order_by(Element.serial)
    if scope == "element":
        is_serial = key.isascii() and key.isdecimal() and len(key) <= 18
        query = query.where(Element.serial == (int(key) if is_serial else -1))
    elif scope == "order":
        query = query.join(Order, Order.id == Element.order_id).where(Order.number == key)
    else:
        query = query.join(Project, Project.id == Element.project_id).where(Project.code == key)
    return query


def keys_to_offer(session: Session, actor: Actor) -> list[tuple[str, str]]:
    """What a package may be of, to choose from: each project's code with its name, and the newest orders' numbers."""
    of_reader = true() if actor.project_ids is None else Project.id.in_(actor.project_ids)
    projects = session.execute(select(Project.code, Project.name).where(of_reader).order_by(Project.code))
    newest = select(Order.number, Project.name).join(Project, Project.id == Order.project_id).where(of_reader)
    orders = session.execute(newest.order_by(Order.id.desc()).limit(MOST_OFFERED))
    return [(key, name) for key, name in (*projects, *orders)]


def packages(session: Session, actor: Actor, limit: int = 100) -> Sequence[ArchivePackage]:
    """The newest packages that this actor may see."""
    query = select(ArchivePackage).order_by(ArchivePackage.asked_at.desc(), ArchivePackage.number.desc())
    if actor.project_ids is not None:
        query = query.where(ArchivePackage.project_id.in_(actor.project_ids))
    return session.scalars(query.limit(limit)).all()


def package_numbered(session: Session, actor: Actor, number: str) -> ArchivePackage:
    """A package by its number.

    Raises:
        NotFound: there is none, or it is of a project this actor may not see.
    """
    found = session.scalars(select(ArchivePackage).where(ArchivePackage.number == number)).first()
    if found is None or not actor.may_see_project(found.project_id):
        raise NotFound(Text(N_("There is no such archive package")))
    return found


def latest_job(session: Session, number: str) -> Job | None:
    """The latest job that made, or makes, a package."""
    query = select(Job).where(Job.kind == KIND, Job.arguments["number"].as_string() == number)
    return session.scalars(query.order_by(Job.requested_at.desc(), Job.id.desc()).limit(1)).first()

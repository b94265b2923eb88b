"""Jobs with labels of projects that are not somebody's to see."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from mes.core.actor import Actor
from mes.identity import things
from mes.printing.models import PrintJob


def in_scope(session: Session, actor: Actor, jobs: Sequence[PrintJob]) -> list[PrintJob]:
    """The jobs of which every label is of the actor's projects, or of no project."""
    if actor.project_ids is None:
        return list(jobs)
    found = things.of_subjects(session, (row["subject"] for job in jobs for row in job.labels))
    foreign = {
        subject
        for subject, thing in found.items()
        if thing.project_id is not None and not actor.may_see_project(thing.project_id)
    }
    return [job for job in jobs if not any(row["subject"] in foreign for row in job.labels)]

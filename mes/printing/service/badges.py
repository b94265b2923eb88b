"""Badges: a fresh code, printed at once, and kept nowhere but on the badge."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import Field
from sqlalchemy import select

from labels.layout.contents import badge_content
from labels.layout.records import BadgeLabel
from mes.accounts.permissions import ROLE_NAMES
from mes.accounts.service import give_badge, the_plant
from mes.core.commands import Command, Work, use_case
from mes.core.text import N_, Text
from mes.core.translations import translate
from mes.printing.models import PrintJob, PrintJobSubject
from mes.printing.service.commands import JobsMade, PrintLabels
from mes.printing.service.jobs import end, print_labels


class IssueBadge(Command):
    """Give somebody a badge to sign in with, together with their PIN, and print it."""

    person_id: UUID
    language: Literal["zh", "en"] = "zh"
    station: str = Field("", max_length=40)
    public_url: str = Field(exclude=True, repr=False)


@use_case("account:write")
def issue_badge(work: Work, command: IssueBadge) -> JobsMade:
    """A fresh code replaces the one before; whoever finds an old badge cannot use it, and one that waits is withdrawn.

    Raises:
        NotFound: there is no such person, or they do not sign in any more.
        NoRoute: nobody has said where badges are printed; the old badge stays valid.
    """
    person, code = give_badge(work, command.person_id)
    subject = f"person:{person.id}"
    _withdraw_waiting(work, subject)
    record = BadgeLabel(
        name=person.name,
        number=code,
        role=translate(ROLE_NAMES[person.role], "zh_CN" if command.language == "zh" else "en"),
        organisation=person.organisation,
        plant=the_plant(work.session).name,
    )
    content = badge_content(record, command.language)
    ready = {"subject": subject, "fields": dict(content.fields)}
    wanted = {"command_id": command.child_id("label"), "label": "badge", "ready": [ready], "station": command.station}
    given = {**wanted, "language": command.language, "public_url": command.public_url}
    return print_labels(work, PrintLabels.model_validate(given))


def _withdraw_waiting(work: Work, subject: str) -> None:
    """What waits would be printed with a code that opens nothing any more."""
    of_them = select(PrintJobSubject.job_id).where(PrintJobSubject.subject == subject)
    waiting = select(PrintJob).where(PrintJob.label == "badge", PrintJob.state == "queued", PrintJob.id.in_(of_them))
    for job in work.session.scalars(waiting.with_for_update()).all():
        end(work, job, "cancelled", by=work.actor.name, reason=Text(N_("A newer badge takes its place")))

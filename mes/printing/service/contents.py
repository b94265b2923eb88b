"""What stands on labels that were asked for, made once and kept wholly, so that what was meant then is printed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from labels.layout.content import LabelContent
from labels.layout.kinds import fields_of
from mes.accounts.queries import plant_name
from mes.core.commands import Work
from mes.core.errors import Conflict, Fault, InvalidInput, NotFound
from mes.core.text import N_, Text
from mes.core.translations import translate
from mes.identity import things
from mes.identity.models import Tag
from mes.identity.things import LabelWords, Thing
from mes.printing.designs import known_label
from mes.printing.models import Printer, PrintJob, PrintJobSubject
from mes.printing.service.commands import PrintLabels

SECRET_LABELS = {"badge": "account:write"}
"""Kinds of label that carry a secret, and what somebody must be allowed to who prints one."""
STARTED_STATES = ("printing", "printed", "unknown")
"""States of a job of which labels may have come out."""


class TagWrittenTwice(Conflict):
    """The same number would stand in two RFID tags."""


@dataclass(frozen=True)
class MadeLabel:
    """One label of a job."""

    subject: str
    content: LabelContent

    def row(self, copies: int) -> dict[str, Any]:
        """The label as the job keeps it."""
        return {
            "subject": self.subject,
            "fields": dict(self.content.fields),
            "epc_hex": self.content.epc_hex,
            "user_memory_hex": self.content.user_memory_hex,
            "copies": copies,
        }


def made_labels(work: Work, command: PrintLabels) -> dict[str, list[MadeLabel]]:
    """The labels that a command means, by kind, in the order in which they were named.

    Raises:
        NotFound: a thing does not exist, or is not for this actor to see.
        InvalidInput: nothing to print, a thing without label, or a ready label with fields that its kind has not.
    """
    if bool(command.subjects) == bool(command.ready):
        reason = Text(N_("There is nothing to print a label for"))
        raise InvalidInput(reason, [Fault("subjects", reason)])
    if command.ready:
        return {_ready_kind(work, command): [_ready(command, place) for place in range(len(command.ready))]}
    named = {thing.subject: thing for thing in visible_things(work, command.subjects)}
    by_label: dict[str, list[Thing]] = {}
    for thing in named.values():
        _require_label(thing)
        by_label.setdefault(label_of(work, thing), []).append(thing)
    words = _words(work, command)
    return {label: _of_things(work, found, words) for label, found in by_label.items()}


def _require_label(thing: Thing) -> None:
    if things.kinds()[thing.kind].label is None:
        raise InvalidInput(Text(N_("There is no label for “%(subject)s”"), {"subject": thing.subject}))


def _of_things(work: Work, found: Sequence[Thing], words: LabelWords) -> list[MadeLabel]:
    """The labels of things that wear the same kind of label, in their order."""
    made: dict[str, LabelContent] = {}
    for kind in {thing.kind: things.kinds()[thing.kind] for thing in found}.values():
        alike = [thing for thing in found if thing.kind == kind.kind]
        if kind.labels is not None:
            made |= zip((thing.subject for thing in alike), kind.labels(work.session, alike, words), strict=True)
        elif kind.label is not None:
            made |= {thing.subject: kind.label(work.session, thing, words) for thing in alike}
    return [MadeLabel(thing.subject, made[thing.subject]) for thing in found]


def visible_things(work: Work, subjects: Sequence[str]) -> list[Thing]:
    """The things of subjects, in their order; raises as `visible_thing`."""
    found = things.of_subjects(work.session, subjects)
    return [_visible(work, subject, found.get(subject)) for subject in subjects]


def visible_thing(work: Work, subject: str) -> Thing:
    """The thing of a subject, if this actor may see it.

    Raises:
        NotFound: it is not there, or not for them.
    """
    return _visible(work, subject, things.of_subject(work.session, subject))


def _visible(work: Work, subject: str, thing: Thing | None) -> Thing:
    if thing is None or not things.may_see(work.actor, thing):
        raise NotFound(Text(N_("Nothing here is known as “%(code)s”"), {"code": subject}))
    return thing


def label_of(work: Work, thing: Thing) -> str:
    """The kind of label that a thing wears."""
    kind = things.kinds()[thing.kind]
    return known_label(kind.label_kind(work.session, thing) if kind.label_kind else kind.kind)


def _words(work: Work, command: PrintLabels) -> LabelWords:
    locale = "zh_CN" if command.language == "zh" else "en"
    return LabelWords(
        public_url=command.public_url,
        plant_name=plant_name(work.session),
        language=command.language,
        translate=lambda message: translate(message, locale),
        zone=work.clock.zone,
        tag_user_bits=command.tag_user_bits,
    )


def _ready_kind(work: Work, command: PrintLabels) -> str:
    label = known_label(command.label)
    if label in SECRET_LABELS:
        work.actor.require(SECRET_LABELS[label])
    return label


def _ready(command: PrintLabels, place: int) -> MadeLabel:
    given = command.ready[place]
    unknown = sorted(set(given.fields) - set(fields_of(command.label)))
    if unknown:
        reason = Text(N_("This kind of label has no field “%(name)s”"), {"name": unknown[0]})
        raise InvalidInput(reason, [Fault(f"ready.{place}.fields", reason)])
    content = LabelContent(given.fields, given.epc_hex, given.user_memory_hex)
    return MadeLabel(given.subject, content)


def require_tags_once(work: Work, labels: Sequence[MadeLabel], printer: Printer, copies: int) -> bool:
    """Whether tags are written; a number goes into one tag only, unless somebody gives a reason (a reprint).

    Raises:
        TagWrittenTwice: copies of a label with a tag, a thing that wears its tag, or one whose tag a job has written.
        InvalidInput: two labels of the job carry the same number.
    """
    tagged = {label.subject: label.content.epc_hex for label in labels if label.content.epc_hex}
    if not printer.writes_rfid or not tagged:
        return False
    number, times = Counter(label.content.epc_hex for label in labels if label.content.epc_hex).most_common(1)[0]
    if times > 1:
        raise InvalidInput(Text(N_("Two of these labels would get the same tag number %(epc)s"), {"epc": number}))
    if copies > 1:
        message = N_("%(printer)s writes a tag into every label, and a number may be in one tag only: print one copy")
        raise TagWrittenTwice(Text(message, {"printer": printer.code}))
    _require_no_worn_tag(work, tagged)
    _require_no_written_tag(work, list(tagged))
    return True


def _require_no_worn_tag(work: Work, tagged: dict[str, str]) -> None:
    worn = select(Tag).where(Tag.subject.in_(tagged), Tag.ended_at.is_(None))
    for tag in work.session.scalars(worn):
        if tag.epc_hex == tagged[tag.subject]:
            message = N_("%(subject)s wears tag %(tid)s with this number already: end that tag first")
            raise TagWrittenTwice(Text(message, {"subject": tag.subject.partition(":")[2], "tid": tag.tid}))


def _require_no_written_tag(work: Work, subjects: Sequence[str]) -> None:
    query = (
        select(PrintJob.number, PrintJobSubject.subject)
        .join(PrintJobSubject, PrintJobSubject.job_id == PrintJob.id)
        .where(PrintJobSubject.subject.in_(subjects), PrintJob.writes_rfid)
        .where(PrintJob.state.in_(("queued", *STARTED_STATES)))
        .order_by(PrintJob.number.desc())
    )
    written = work.session.execute(query).first()
    if written is not None:
        message = N_("Job %(number)s has written the tag of %(subject)s already: print that job again, with a reason")
        raise TagWrittenTwice(Text(message, {"number": written[0], "subject": written[1].partition(":")[2]}))

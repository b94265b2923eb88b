"""Its life: the states it went through, and each step in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from mes.core.text import N_, Text
from mes.ledger.declarations import DECLARED_WRONG, DID_NOT_OCCUR, changes_state, is_state_in_doubt, named_id
from mes.ledger.kinds import EVENT_KINDS
from mes.logistics.rules import UNDO_REASONS
from mes.orders.lifecycle import FINAL_STATES
from mes.planning.station_names import STATION_NAMES
from mes.traceability.mapping.content import batches_of, numbered
from mes.traceability.story.policy import policy
from mes.traceability.story.records import Event, Records
from mes.traceability.story.telling import tells

PHASES: Mapping[str, str] = {
    "planned": "planned",
    "scheduled": "planned",
    "in_setup": "making",
    "ready_to_cast": "making",
    "curing": "curing",
    "demoulded": "finishing",
    "finished": "finishing",
    "accepted": "yard",
    "stored": "yard",
    "loaded": "transport",
    "shipped": "transport",
    "received": "site",
    "installed": "installed",
    "on_hold": "aside",
    "nonconforming": "aside",
    "rejected_at_site": "aside",
    "scrapped": "aside",
}
"""State → phase of the drawn life. What is put aside is hatched."""


ARRIVAL = ("element.received", "element.rejected_at_site", "element.returned", "element.installed")
"""What everybody is told of what happened to it after it left the plant."""
PLACES: Mapping[str, str] = {**STATION_NAMES, "finishing": N_("Finishing")}


@dataclass(frozen=True)
class Span:
    """A state that the element was in, from one time to another."""

    state: str
    phase: str
    begins: datetime
    ends: datetime


@dataclass(frozen=True)
class Course:
    """The states in order; `over` where nothing more will come."""

    spans: tuple[Span, ...]
    over: bool


@dataclass(frozen=True)
class Correction:
    """That a step was wrong: why as a message id, since when, and the sequences of the events that hold instead."""

    reason: str
    declared_at: datetime
    instead: tuple[int, ...]


@dataclass(frozen=True)
class Step:
    """One step of the life: `title` is a message id, `texts` facts in words, `place` as it was named then.

    `wrong`: it was declared to be; then nothing of it is told as true. `about`: it is itself such a declaration, of the
    event with that title and sequence.
    """

    sequence: int
    time: datetime
    kind: str
    title: str
    icon: str
    tone: str
    texts: tuple[Text, ...]
    place: str
    organisation: str
    wrong: Correction | None = None
    about: tuple[str, int] | None = None


@tells("life.course")
def _course(records: Records) -> Course | None:
    reached = [(state, time) for event in records.events for state, time in _reached(records, event)]
    made = next((place for place, (state, _) in enumerate(reached) if PHASES[state] != "planned"), 0)
    shown, over = reached[made:], records.element.state in FINAL_STATES
    if not shown:
        return None
    last = max(shown[-1][1], records.events[-1].time) if over else max(records.now, shown[-1][1])
    ends = [*(begins for _, begins in shown[1:]), last]
    spans = (Span(state, PHASES[state], begins, end) for (state, begins), end in zip(shown, ends, strict=True))
    return Course(tuple(spans), over)


def _reached(records: Records, event: Event) -> Iterable[tuple[str, datetime]]:
    """The state that an event led to, and when it truly was; none where it did not occur or only declares."""
    facts, said = records.facts_of(event), records.declared_wrong.get(event.id)
    if not changes_state(event.content, records.element.serial) or (said is not None and said.reason == DID_NOT_OCCUR):
        return
    instead = [one for one in records.valid if said is not None and one.id in said.instead and one.kind == event.kind]
    yield facts["state"], instead[0].time if instead else event.time


@tells("element.state_in_doubt")
def _state_in_doubt(records: Records) -> bool | None:
    """The event that brought the element into its state was declared to be wrong; a step of the plant puts it right."""
    return is_state_in_doubt([event.content for event in records.events], records.element.serial) or None


def _steps(fact: str) -> None:
    """Have the steps of a part of the life told."""

    @tells(fact)
    def steps(records: Records) -> tuple[Step, ...] | None:
        mine = (event for event in records.events if _part_of(event) == fact)
        return tuple(_step(records, event) for event in mine) or None


for _part in ("life.making", "life.testing", "life.transport", "life.site", "life.inside"):
    _steps(_part)


@tells("life.remarks")
def _remarks(records: Records) -> dict[int, str] | None:
    """How it was found that steps were wrong, in the words of whoever declared it, by the steps' sequences."""
    said = ((event, records.declared_wrong.get(event.id)) for event in records.events)
    return {event.sequence: one.remark for event, one in said if one is not None} or None


@tells("life.arrival")
def _arrival(records: Records) -> tuple[Step, ...] | None:
    """That it came to the site, was refused or sent back, was installed: what and when, without who and where."""
    mine = (_step(records, event) for event in records.events if _part_of(event) == "life.site")
    shown = (step for step in mine if step.kind in ARRIVAL)
    return tuple(replace(step, texts=(), place="", organisation="") for step in shown) or None


def _part_of(event: Event) -> str:
    """The part of the life that tells of an event; a declaration is told where the event is that it is about."""
    named = event.data.get("event") if event.kind == DECLARED_WRONG else None
    kind = str(named.get("kind") or event.kind) if isinstance(named, Mapping) else event.kind
    return policy().step(kind).fact


def _correction(records: Records, event: Event) -> Correction | None:
    said = records.declared_wrong.get(event.id)
    if said is None:
        return None
    instead = tuple(one.sequence for one in records.events if one.id in said.instead)
    return Correction(said.reason_name, said.declared_at, instead)


def _about(records: Records, event: Event) -> tuple[str, int] | None:
    if event.kind != DECLARED_WRONG:
        return None
    wanted = named_id(event.data.get("event"))
    return next(
        ((EVENT_KINDS.get(one.kind, one.kind), one.sequence) for one in records.events if one.id == wanted), None
    )


def _step(records: Records, event: Event) -> Step:
    how, where = policy().step(event.kind), event.content["where"]
    return Step(
        sequence=event.sequence,
        time=event.time,
        kind=event.kind,
        title=EVENT_KINDS.get(event.kind, event.kind),
        icon=how.icon,
        tone=how.tone,
        texts=_words(event.content, event.kind),
        place=_place(where),
        organisation=str(event.who.get("organisation") or ""),
        wrong=_correction(records, event),
        about=_about(records, event),
    )


def _place(where: Mapping[str, object]) -> str:
    """Where it was: a message id for the kinds of station, else the name it had then."""
    station = str(where.get("station") or "").removeprefix(f"{where.get('line')}-")
    for kind in (where.get("station_kind"), station, where.get("station_name")):
        if kind in PLACES:
            return PLACES[str(kind)]
    return str(where.get("station_name") or where.get("site") or "")


def _words(content: Mapping[str, object], kind: str) -> tuple[Text, ...]:
    """What is said of a step beside its name; nothing that another row of the table holds back."""
    tell = {
        "element.cast": _concrete,
        "element.material_used": _lots,
        "element.certified": _certificate,
        "element.final_accepted": _rules,
        "element.final_refused": _rules,
        "element.strength_tested": _strength,
        "delivery.loaded": _delivery,
        "delivery.departed": _delivery,
        "delivery.departure_undone": _undone,
        "element.certificate_suspended": _certificate,
        "element.certificate_reinstated": _certificate,
        "element.certificate_withdrawn": _certificate,
    }.get(kind)
    return tuple(tell(content)) if tell else ()


def _concrete(content: Mapping[str, object]) -> Sequence[Text]:
    return [
        Text(
            N_("Concrete batch %(batch)s, %(grade)s"),
            {"batch": batch.get("batch_number") or "?", "grade": batch.get("concrete_grade") or "?"},
        )
        for batch in batches_of(numbered(content["how"]))
    ]


def _lots(content: Mapping[str, object]) -> Sequence[Text]:
    return [
        Text(
            N_("Material lot %(lot)s of %(supplier)s"),
            {"lot": lot.get("lot_number") or "?", "supplier": lot.get("supplier") or "?"},
        )
        for lot in numbered(content["how"]).get("materials") or ()
    ]


def _certificate(content: Mapping[str, object]) -> Sequence[Text]:
    number = numbered(numbered(content["data"]).get("certificate")).get("number") or "?"
    return [Text(N_("Certificate %(number)s"), {"number": number})]


def _rules(content: Mapping[str, object]) -> Sequence[Text]:
    rules = numbered(numbered(content["data"]).get("inspection")).get("rule_set")
    return [Text(N_("Judged by %(rules)s"), {"rules": str(rules).upper()})] if rules else []


def _strength(content: Mapping[str, object]) -> Sequence[Text]:
    value = numbered(numbered(content["data"]).get("cube_test")).get("set_value_mpa")
    return [] if value is None else [Text(N_("Compressive strength %(strength)s MPa"), {"strength": value})]


def _delivery(content: Mapping[str, object]) -> Sequence[Text]:
    data = numbered(content["data"])
    words = {"number": data.get("delivery") or "?", "plate": data.get("vehicle_plate") or "?"}
    return [Text(N_("Delivery %(number)s, vehicle %(plate)s"), words)]


def _undone(content: Mapping[str, object]) -> Sequence[Text]:
    reason = UNDO_REASONS.get(str(numbered(content["data"]).get("undo_code")), "")
    return [*_delivery(content), *([Text(reason)] if reason else [])]

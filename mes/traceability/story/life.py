"""Its life: the states it went through, and each step in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from mes.core.text import N_, Text
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
class Step:
    """One step of the life: `title` is a message id, `texts` facts in words, `place` as it was named then."""

    sequence: int
    time: datetime
    kind: str
    title: str
    icon: str
    tone: str
    texts: tuple[Text, ...]
    place: str
    organisation: str
    declared_wrong: bool


@tells("life.course")
def _course(records: Records) -> Course | None:
    reached = [
        (facts["state"], event.time)
        for event in records.events
        if (facts := records.facts_of(event))
        and (event.kind == "element.created" or facts["state"] != facts.get("state_before", facts["state"]))
    ]
    made = next((place for place, (state, _) in enumerate(reached) if PHASES[state] != "planned"), 0)
    shown, over = reached[made:], records.element.state in FINAL_STATES
    if not shown:
        return None
    last = max(shown[-1][1], records.events[-1].time) if over else max(records.now, shown[-1][1])
    ends = [*(begins for _, begins in shown[1:]), last]
    spans = (Span(state, PHASES[state], begins, end) for (state, begins), end in zip(shown, ends, strict=True))
    return Course(tuple(spans), over)


def _steps(fact: str) -> None:
    """Have the steps of a part of the life told."""

    @tells(fact)
    def steps(records: Records) -> tuple[Step, ...] | None:
        table = policy()
        mine = (event for event in records.events if table.step(event.kind).fact == fact)
        return tuple(_step(records, event) for event in mine) or None


for _part in ("life.making", "life.testing", "life.transport", "life.site", "life.inside"):
    _steps(_part)


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
        declared_wrong=event.id in records.declared_wrong,
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

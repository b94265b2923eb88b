"""From an event of the ledger to the records that a platform is told. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from mes.core.text import N_, Text
from mes.traceability.platforms.fields import (
    Context,
    FieldRule,
    RecordFault,
    build_record,
    fill,
    holds,
    is_empty,
    look_up,
    places_of,
)
from mes.traceability.platforms.fields.values import plain_text
from mes.traceability.platforms.protocol import RenderError, Rendition
from mes.traceability.platforms.subjects import subjects_of
from mes.traceability.platforms.told import IdRule, Told


class Teller(Protocol):
    """A file that declares what is told: named endpoints or tables, and what their fields refer to."""

    @property
    def told(self) -> Mapping[str, Told]:
        """What is told, by the names of endpoints or tables."""

    def rules_of(self, told: Any) -> tuple[FieldRule, ...]:
        """The fields of one of them, common ones first."""

    @property
    def codes(self) -> Mapping[str, Mapping[str, Any]]:
        """Tables of codes."""

    @property
    def zone(self) -> str:
        """The zone of dates."""

    @property
    def empty(self) -> str:
        """What stands for an optional field without a value: leave_out, null or text."""


@dataclass(frozen=True)
class Entry:
    """A record on its way: which endpoint it goes to, and its business id."""

    endpoint: str
    id: str
    record: Mapping[str, Any]


@dataclass(frozen=True)
class Rendered:
    """Records of one event, and what is missing or wrong in them, each with its endpoint."""

    entries: tuple[Entry, ...]
    faults: tuple[tuple[str, RecordFault], ...]


def records_of(
    teller: Teller,
    content: Mapping[str, Any],
    values: Mapping[str, str],
    *,
    with_personal: bool = True,
    original: Rendition | None = None,
) -> Rendered:
    """What a platform would be told of an event; nothing where no endpoint takes its kind."""
    entries: list[Entry] = []
    faults: list[tuple[str, RecordFault]] = []
    zone = ZoneInfo(teller.zone)
    for name, endpoint in teller.told.items():
        if content["kind"] not in endpoint.kinds:
            continue
        for about in _about(endpoint, content, original):
            roots = {**content, **about, "values": values}
            if not all(holds(condition, roots) for condition in endpoint.only):
                continue
            identity = _business_id(endpoint.id_rule, roots)
            if identity is None:
                fault = RecordFault("id", str(endpoint.id_rule.value), Text(N_("the business id has no value")), True)
                faults.append((name, fault))
                continue
            context = Context({**roots, "business_id": identity}, zone, teller.codes, with_personal, teller.empty)
            record, wrong = build_record(teller.rules_of(endpoint), context)
            entries.append(Entry(name, identity, record))
            faults += [(name, fault) for fault in wrong]
    return Rendered(tuple(entries), tuple({(name, str(fault)): (name, fault) for name, fault in faults}.values()))


def rendition_of(
    rendered: Rendered, content: Mapping[str, Any], more: Mapping[str, Any] | None = None
) -> Rendition | None:
    """The rendition that is kept; None where the platform hears nothing of the event.

    Its body is a JSON list of `{"endpoint", "id", "record"}`, each with what `more` adds.

    Raises:
        RenderError: a field is missing or wrong; all of them are named.
    """
    if rendered.faults:
        raise RenderError("; ".join(dict.fromkeys(f"{name}.{fault}" for name, fault in rendered.faults)))
    if not rendered.entries:
        return None
    kept = [{"endpoint": e.endpoint, "id": e.id, "record": e.record, **(more or {})} for e in rendered.entries]
    strict, loose = subjects_of(content)
    return Rendition(
        tuple(entry.id for entry in rendered.entries),
        json.dumps(kept, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode(),
        strict,
        loose,
    )


def entries_of(rendition: Rendition) -> tuple[Entry, ...]:
    """The records in a rendition."""
    return tuple(Entry(kept["endpoint"], kept["id"], kept["record"]) for kept in json.loads(rendition.body))


def _about(endpoint: Told, content: Mapping[str, Any], original: Rendition | None) -> Iterator[Mapping[str, Any]]:
    """What each of an endpoint's records is about."""
    if endpoint.per == "event":
        yield {}
    elif endpoint.per == "element":
        yield from ({"element": element} for element in content["elements"])
    elif original is not None:
        kept: Sequence[dict[str, Any]] = json.loads(original.body)
        yield from ({"original": {**entry, "number": number}} for number, entry in enumerate(kept, 1))


def _business_id(rule: IdRule, roots: Mapping[str, Any]) -> str | None:
    text = str(rule.value)
    if any(is_empty(look_up(roots, path)) for path in places_of(text)):
        return None
    made = fill(text, lambda path: plain_text(look_up(roots, path)))
    return hashlib.sha256(made.encode()).hexdigest()[: rule.digest] if rule.digest is not None else made

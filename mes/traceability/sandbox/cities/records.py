"""Taking in a city's records: each is stored once, under the city's name and its business id."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from mes.core.text import N_, Text
from mes.traceability.epcis.digital_link import canonical_uri
from mes.traceability.sandbox.cities.judging import (
    CityFault,
    Judge,
    as_text,
    code_rule,
    moment_of,
    sources_of,
    value_at,
)
from mes.traceability.sandbox.cities.reading import Endpoint, Plain, PlayedCity
from mes.traceability.sandbox.intake import Writer
from mes.traceability.sandbox.store import Store

PAGE = 500
_IDENTITIES = ("digital_link", "epc_hex", "serial", "mark")


@dataclass(frozen=True)
class CityRecord:
    """A record as it came to an endpoint, and what it is there."""

    city: PlayedCity
    endpoint: Endpoint
    told: Mapping[str, Any]

    @property
    def text(self) -> str:
        """It as text: the same for the same content."""
        return json.dumps(self.told, ensure_ascii=False, sort_keys=True)

    @property
    def digest(self) -> str:
        """SHA-256 of that text."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def own_id(self) -> str:
        """The business id that its sender gave it; its digest where the city wants none."""
        found = value_at(self.told, self.endpoint.id_field) if self.endpoint.id_field else self.digest[:32]
        return found if isinstance(found, str) else ""

    @property
    def business_id(self) -> str:
        """Its id among those of all cities."""
        return f"{self.city.name}:{self.own_id}"

    @property
    def type(self) -> str:
        """City and endpoint."""
        return f"{self.city.name}/{self.endpoint.name}"

    def sign(self) -> tuple[str, bool, str]:
        """As the record of receptions keeps it."""
        return self.business_id, False, self.digest


@dataclass(frozen=True)
class Verdict:
    """What became of one record."""

    own_id: str
    outcome: str
    receipt: str = ""
    faults: Sequence[CityFault] = ()

    @property
    def words(self) -> str:
        """In words, for its sender."""
        return "; ".join(f"{fault.field}: {fault.reason}" for fault in self.faults) or "ok"


def take_in(store: Store, judge: Judge, records: Sequence[CityRecord], size: int, times: int = 1) -> list[Verdict]:
    """Judge and store records of one request, `times` times over; what became of each at first."""
    with store.writing() as writer:
        rounds = [[_take_in(writer, store, judge, record, size) for record in records] for _ in range(times)]
    return rounds[0]


def has(store: Store, city: PlayedCity, own_id: str) -> bool:
    """Whether the city has a record with this business id."""
    where = "SELECT 1 FROM signed_record WHERE business_id = ? AND state = 'accepted'"
    return bool(store.select(where, (f"{city.name}:{own_id}",)))


def states_of(store: Store, city: PlayedCity, receipt: str) -> list[tuple[str, str, list[str]]]:
    """Business id, state and faults of each record of an upload."""
    rows = store.select(
        "SELECT signed_record.business_id, state, faults FROM city_upload JOIN signed_record"
        " ON signed_record.id = city_upload.record WHERE city_upload.number = ? ORDER BY city_upload.record",
        (receipt,),
    )
    prefix = f"{city.name}:"
    return [
        (row[0].removeprefix(prefix), row[1], [f"{fault['field']}: {fault['message']}" for fault in json.loads(row[2])])
        for row in rows
    ]


def keep_upload(store: Store, number: str, receipts: Sequence[str]) -> None:
    """Note which records an upload brought, so that its result can be asked."""
    with store.writing() as writer:
        for receipt in dict.fromkeys(receipts):
            writer.execute(
                "INSERT OR IGNORE INTO city_upload SELECT ?, id FROM signed_record WHERE receipt = ?", (number, receipt)
            )


def ids_of_day(store: Store, city: PlayedCity, day: str, page: int) -> tuple[list[str], int]:
    """A page of the business ids of a day, and how many pages there are."""
    where = "state = 'accepted' AND type LIKE ? || '/%' AND event_time >= ? AND event_time <= ?"
    span = (city.name, f"{day} 00:00:00", f"{day} 23:59:59")
    total = store.select(f"SELECT count(*) FROM signed_record WHERE {where}", span)[0][0]  # noqa: S608 - our own text
    rows = store.select(
        f"SELECT business_id FROM signed_record WHERE {where} ORDER BY event_time, id LIMIT ? OFFSET ?",  # noqa: S608
        (*span, PAGE, (page - 1) * PAGE),
    )
    return [row[0].removeprefix(f"{city.name}:") for row in rows], max(1, -(-total // PAGE))


def _take_in(writer: Writer, store: Store, judge: Judge, record: CityRecord, size: int) -> Verdict:
    faults = [] if record.own_id else [CityFault(record.endpoint.id_field, Text(N_("is missing")))]
    before = None if faults else _stored(writer, record.business_id)
    if before is not None:
        return _repeat(writer, record, before, size)
    faults += judge.faults(record.endpoint, record.told)
    detail = Text("%(field)s: %(reason)s", {"field": faults[0].field, "reason": faults[0].reason}) if faults else ""
    reception = writer.record_signs("signed", "refused" if faults else "stored", size, [record.sign()], detail)
    receipt = _insert(writer, store, record, faults, reception)
    return Verdict(record.own_id, "refused" if faults else "success", receipt, faults)


def _stored(writer: Writer, business_id: str) -> Any:
    return writer.execute(
        "SELECT id, receipt, type, digest FROM signed_record WHERE business_id = ? AND state = 'accepted'",
        (business_id,),
    ).fetchone()


def _repeat(writer: Writer, record: CityRecord, before: Any, size: int) -> Verdict:
    differs = before["digest"] != record.digest or before["type"] != record.type
    other = Text(N_("this id is here with another content"))
    writer.record_signs("signed", "refused" if differs else "repeat", size, [record.sign()], other if differs else "")
    writer.execute(
        "UPDATE signed_record SET received_times = received_times + 1,"
        " differing_receptions = differing_receptions + ? WHERE id = ?",
        (differs, before["id"]),
    )
    faults = [CityFault(record.endpoint.id_field, other)] if differs else []
    return Verdict(record.own_id, "refused" if differs else "duplicate", before["receipt"], faults)


def _insert(writer: Writer, store: Store, record: CityRecord, faults: Sequence[CityFault], reception: int) -> str:
    receipt = uuid.uuid4().hex
    kept = [{"field": fault.field, "message": str(fault.reason)} for fault in faults]
    number = writer.execute(
        "INSERT INTO signed_record (receipt, business_id, type, app_key, event_time, received_at, body, digest,"
        " reception, state, faults) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            receipt,
            record.business_id,
            record.type,
            f"city:{record.city.name}",
            _event_time(record) or store.clock.now().astimezone(ZoneInfo(record.city.zone)).strftime(_TIME),
            store.clock.text(),
            record.text,
            record.digest,
            reception,
            "refused" if faults else "accepted",
            json.dumps(kept, ensure_ascii=False),
        ),
    ).lastrowid
    if not faults:
        step, disposition = step_of(record)
        titles = record.city.titles
        writer.execute(
            "INSERT INTO city_record VALUES (?, ?, ?, ?, ?)", (number, titles["zh"], titles["en"], step, disposition)
        )
        for code in dict.fromkeys(_subjects(writer, record)):
            writer.execute("INSERT INTO signed_subject VALUES (?, ?)", (number, code))
    return receipt


_TIME = "%Y-%m-%d %H:%M:%S"


def _event_time(record: CityRecord) -> str:
    for rule in record.endpoint.fields:
        if "event_time" in sources_of(rule) and "date" in rule:
            moment = moment_of(as_text(value_at(record.told, rule["to"])), rule["date"], record.city.zone)
            if moment is not None:
                return moment.astimezone(ZoneInfo(record.city.zone)).strftime(_TIME)
    return ""


def _subjects(writer: Writer, record: CityRecord) -> list[str]:
    """What a record is about: identities of elements, else what the record that it corrects was about."""
    for name in _IDENTITIES:
        found = list(_named(record.endpoint.fields, record.told, (f"element.{name}", f"item.{name}")))
        if found:
            return [canonical_uri(code) for code in found]
    corrected = [rule["to"] for rule in record.endpoint.fields if "original.id" in sources_of(rule)]
    for name in corrected:
        rows = writer.execute(
            "SELECT code FROM signed_subject JOIN signed_record ON signed_record.id = record"
            " WHERE business_id = ? AND state = 'accepted'",
            (f"{record.city.name}:{value_at(record.told, name)}",),
        ).fetchall()
        if rows:
            return [row[0] for row in rows]
    return []


def _named(rules: Sequence[Plain], told: Mapping[str, Any], wanted: Sequence[str]) -> Iterator[str]:
    for rule in rules:
        value = value_at(told, rule["to"])
        if "fields" in rule:
            for entry in value if isinstance(value, list) else ():
                if isinstance(entry, Mapping) and "elements" in rule.get("list", ()):
                    yield from _named(rule["fields"], entry, wanted)
        elif value is not None and any(source in wanted for source in sources_of(rule)):
            yield from map(as_text, value if isinstance(value, list) else [value])


@cache
def _steps() -> Mapping[str, tuple[str, str]]:
    text = resources.files(__package__).joinpath("steps.yaml").read_text(encoding="utf-8")
    return {kind: (step, disposition) for kind, (step, disposition) in yaml.safe_load(text).items()}


def step_of(record: CityRecord) -> tuple[str, str]:
    """The step that a record tells of, and its disposition: by the kinds of its endpoint that its codes allow."""
    kinds = set(record.endpoint.kinds)
    for rule in record.endpoint.fields:
        if "kind" in sources_of(rule) and "codes" in rule:
            told = as_text(value_at(record.told, rule["to"]))
            kinds &= {kind for kind, code in code_rule(record.city, rule).items() if code == told} or kinds
    steps = {_steps().get(kind, ("other", "")) for kind in kinds}
    if len(steps) == 1:
        return steps.pop()
    return ("other", "")

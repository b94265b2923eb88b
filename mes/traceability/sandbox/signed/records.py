"""Taking in records, and telling what is here."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mes.core.text import N_, Text
from mes.traceability.epcis.digital_link import canonical_uri
from mes.traceability.sandbox.intake import Writer
from mes.traceability.sandbox.reading import UnreadableError, read_object
from mes.traceability.sandbox.signed import codes
from mes.traceability.sandbox.signed.fields import FieldFault, interface, record_faults, subjects
from mes.traceability.sandbox.store import Store

PAGE = 500


@dataclass(frozen=True)
class Upload:
    """A record as it was uploaded by an app key."""

    kind: str
    app_key: str
    text: str

    @property
    def digest(self) -> str:
        """SHA-256 of its bytes."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def read(self) -> dict[str, Any]:
        """What it says.

        Raises:
            codes.AnsweredError: it is no JSON object, or of a type that is not known.
        """
        try:
            record = read_object(self.text)
        except UnreadableError as error:
            reason = Text(N_("The record is not a JSON object: %(why)s"), {"why": str(error)})
            raise codes.AnsweredError(codes.NOT_JSON, reason) from error
        if self.kind not in interface()["types"]:
            raise codes.AnsweredError(codes.UNKNOWN_TYPE, Text(N_("There is no type %(type)s"), {"type": self.kind}))
        return record

    def sign(self) -> tuple[str, bool, str]:
        """As the record of receptions keeps it, as far as it can be read."""
        try:
            business_id = read_object(self.text).get("id")
        except UnreadableError:
            business_id = None
        return (business_id if isinstance(business_id, str) else "", False, self.digest)


def take_in(store: Store, upload: Upload, size: int, *, times: int = 1) -> dict[str, Any]:
    """Judge and store a record, `times` times over; the answer to the first."""
    record = upload.read()
    faults = record_faults(upload.kind, record)
    with store.writing() as writer:
        answers = [_take_in(writer, store, upload, record, faults, size) for _ in range(times)]
    return answers[0]


def result(store: Store, receipt: str) -> dict[str, Any]:
    """What became of an upload.

    Raises:
        codes.AnsweredError: there is no such receipt.
    """
    rows = store.select("SELECT business_id, state, faults FROM signed_record WHERE receipt = ?", (receipt,))
    if not rows:
        raise codes.AnsweredError(codes.NOT_FOUND, Text(N_("There is no such receipt")))
    faults = json.loads(rows[0]["faults"])
    field = {"field": faults[0]["field"]} if faults else {}
    return {"id": rows[0]["business_id"], "state": rows[0]["state"], "faults": faults, **field}


def find(store: Store, business_id: str) -> dict[str, Any]:
    """A stored record.

    Raises:
        codes.AnsweredError: it is not here.
    """
    rows = store.select(
        "SELECT type, received_at, digest, event_time FROM signed_record WHERE business_id = ? AND state = 'accepted'",
        (business_id,),
    )
    if not rows:
        raise codes.AnsweredError(codes.NOT_FOUND, Text(N_("There is no such record")))
    told = rows[0]
    return {
        "id": business_id,
        "type": told["type"],
        "eventTime": told["event_time"],
        "receivedAt": told["received_at"],
        "sha256": told["digest"],
    }


def of_day(store: Store, day: str, page: int) -> dict[str, Any]:
    """The ids of a day's records, `PAGE` to a page, by time of event."""
    where = "state = 'accepted' AND event_time >= ? AND event_time <= ?"
    span = (f"{day} 00:00:00", f"{day} 23:59:59")
    total = store.select(f"SELECT count(*) FROM signed_record WHERE {where}", span)[0][0]  # noqa: S608 - our own text
    rows = store.select(
        f"SELECT business_id FROM signed_record WHERE {where} ORDER BY event_time, id LIMIT ? OFFSET ?",  # noqa: S608
        (*span, PAGE, (page - 1) * PAGE),
    )
    pages = max(1, -(-total // PAGE))
    return {"day": day, "page": page, "pages": pages, "total": total, "ids": [row[0] for row in rows]}


def _take_in(
    writer: Writer, store: Store, upload: Upload, record: Mapping[str, Any], faults: list[FieldFault], size: int
) -> dict[str, Any]:
    before = _stored(writer, record.get("id"))
    if before is not None:
        return _repeat(writer, upload, record, before, size)
    outcome = "refused" if faults else "stored"
    detail = Text("%(field)s: %(reason)s", {"field": faults[0].field, "reason": faults[0].message}) if faults else ""
    reception = writer.record_signs("signed", outcome, size, [upload.sign()], detail)
    receipt = _insert(writer, store, upload, record, faults, reception)
    if not faults:
        return codes.answer(codes.TAKEN, "ok", {"id": record["id"], "receipt": receipt})
    listed = [fault.told() for fault in faults[:50]]
    data = {"field": faults[0].field, "faults": listed, "receipt": receipt}
    return codes.answer(codes.WRONG_FIELD, str(detail), data)


def _stored(writer: Writer, business_id: Any) -> Any:
    if not isinstance(business_id, str):
        return None
    return writer.execute(
        "SELECT id, receipt, type, body FROM signed_record WHERE business_id = ? AND state = 'accepted'", (business_id,)
    ).fetchone()


def _repeat(writer: Writer, upload: Upload, record: Mapping[str, Any], before: Any, size: int) -> dict[str, Any]:
    differs = json.loads(before["body"]) != record or before["type"] != upload.kind
    outcome = "refused" if differs else "repeat"
    detail = Text(N_("this id is here with another content")) if differs else ""
    writer.record_signs("signed", outcome, size, [upload.sign()], detail)
    writer.execute(
        "UPDATE signed_record SET received_times = received_times + 1,"
        " differing_receptions = differing_receptions + ? WHERE id = ?",
        (differs, before["id"]),
    )
    data = {"id": record["id"], "receipt": before["receipt"]}
    if differs:
        message = "This id is here with another content"
        listed = [{"field": "id", "message": message}]
        return codes.answer(codes.OTHER_CONTENT, message, data | {"field": "id", "faults": listed})
    return codes.answer(codes.DUPLICATE, "This id is here already", data)


def _insert(
    writer: Writer, store: Store, upload: Upload, record: Mapping[str, Any], faults: list[FieldFault], reception: int
) -> str:
    receipt = uuid.uuid4().hex
    number = writer.execute(
        "INSERT INTO signed_record (receipt, business_id, type, app_key, event_time, received_at, body, digest,"
        " reception, state, faults) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            receipt,
            str(record.get("id", "")),
            upload.kind,
            upload.app_key,
            str(record.get("eventTime", "")),
            store.clock.text(),
            upload.text,
            upload.digest,
            reception,
            "refused" if faults else "accepted",
            json.dumps([fault.told() for fault in faults], ensure_ascii=False),
        ),
    ).lastrowid
    if not faults:
        for code in dict.fromkeys(canonical_uri(code) for code in subjects(upload.kind, record)):
            writer.execute("INSERT INTO signed_subject VALUES (?, ?)", (number, code))
    return receipt

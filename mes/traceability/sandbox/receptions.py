"""The record of everything that came in, and the order in which it took effect, for tests and people."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from flask import Blueprint, Response, jsonify, request

from mes.traceability.epcis.digital_link import canonical_uri
from mes.traceability.sandbox.intake import told_detail
from mes.traceability.sandbox.settings import platform
from mes.traceability.sandbox.store import Store

record = Blueprint("record", __name__)

_MOST = 5000
COMPONENT = "component:"
"""Stands before the component code of signed records where identifiers are told."""

_RECEPTIONS = """
    SELECT reception.id AS number, delivery.at, delivery.id AS delivery, delivery.way, delivery.outcome,
           delivery.detail, reception.event_id, reception.declared, reception.digest,
           event.id IS NOT NULL OR signed_record.id IS NOT NULL AS took_effect
    FROM reception JOIN delivery ON delivery.id = reception.delivery
    LEFT JOIN event ON event.reception = reception.id AND event.copy = 0
    LEFT JOIN signed_record ON signed_record.reception = reception.id AND signed_record.state = 'accepted'
"""
_ORDERS = """
    SELECT event_epc.epc AS identifier, event.id AS place, event.event_id, event.declared_at, event.event_time,
           event.received_times, event.copy
    FROM event_epc JOIN event ON event.id = event_epc.event WHERE event_epc.epc = coalesce(?, event_epc.epc)
    GROUP BY event_epc.epc, event.id
    UNION ALL
    SELECT 'component:' || signed_subject.code, signed_record.id, business_id, '', event_time, received_times, 0
    FROM signed_subject JOIN signed_record ON signed_record.id = signed_subject.record
    WHERE state = 'accepted' AND 'component:' || signed_subject.code = coalesce(?, 'component:' || signed_subject.code)
    ORDER BY 1, 2
"""


@record.get("/api/receptions")
def list_receptions() -> Response:
    """What came in, oldest first, after number `after`; `id` restricts it to one event or business id."""
    after, limit = _number("after", 0), min(_number("limit", 500), _MOST)
    found = receptions(platform().store, after=after, limit=limit, event_id=request.args.get("id", ""))
    return jsonify(receptions=found, next=found[-1]["number"] if len(found) == limit else None)


@record.get("/api/orders")
def list_orders() -> Response:
    """One line of JSON for each identifier (or for the one named `identifier`): what took effect for it, in order."""
    wanted = request.args.get("identifier", "").strip()
    lines = "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in orders(platform().store, wanted))
    return Response(lines, content_type="application/x-ndjson; charset=utf-8")


@record.get("/api/summary")
def show_summary() -> Response:
    """Counts that tell whether delivery kept its promises: repeats, orders, jobs."""
    store = platform().store
    events = store.select(
        "SELECT count(*) AS distinct_events, coalesce(sum(received_times), 0) AS receptions,"
        " coalesce(sum(differing_receptions), 0) AS differing, coalesce(sum(declared_at <> ''), 0) AS declarations,"
        " coalesce(sum(copy > 0), 0) AS copies FROM event"
    )[0]
    jobs = store.select(
        "SELECT count(*) AS total, coalesce(sum(finished_at IS NULL), 0) AS running,"
        " coalesce(sum(success = 0), 0) AS failed FROM capture_job"
    )[0]
    violations = store.sequence_violations()
    things = store.select("SELECT count(DISTINCT epc) FROM event_epc WHERE instance = 1")[0][0]
    return jsonify(
        distinct_events=events["distinct_events"],
        total_receptions=events["receptions"],
        differing_receptions=events["differing"],
        error_declarations=events["declarations"],
        stored_duplicates=events["copies"],
        epcs=things,
        sequence_violations=len(violations),
        sequence_violation_list=[vars(violation) for violation in violations[:100]],
        capture_jobs=dict(jobs),
        worker_alive=platform().worker.alive,
        signed_records=_signed(store),
        record=_counts(store),
    )


def receptions(
    store: Store,
    *,
    after: int = 0,
    limit: int = 500,
    event_id: str = "",
    newest_first: bool = False,
    translate: Callable[[str], str] = str,
) -> list[dict[str, Any]]:
    """Receptions after a number (or the newest), with what became of each, in the language of `translate`."""
    order = "DESC" if newest_first else "ASC"
    found = store.select(
        f"{_RECEPTIONS} WHERE reception.id > ? AND (? = '' OR reception.event_id = ?)"
        f" ORDER BY reception.id {order} LIMIT ?",
        (after, event_id, event_id, limit),
    )
    return [
        dict(row)
        | {
            "declared": bool(row["declared"]),
            "took_effect": bool(row["took_effect"]),
            "detail": told_detail(row["detail"]).render(translate),
        }
        for row in found
    ]


def orders(store: Store, identifier: str = "") -> Iterator[dict[str, Any]]:
    """For each identifier – EPCs in canonical form, component codes with `component:` before them – its events in the
    order of their first effect."""
    wanted = canonical_uri(identifier) if identifier else None
    entry: dict[str, Any] = {}
    for row in store.select(_ORDERS, (wanted, wanted)):
        if entry.get("identifier") != row["identifier"]:
            if entry:
                yield entry
            entry = {"identifier": row["identifier"], "events": []}
        entry["events"].append(
            {
                "event_id": row["event_id"],
                "declared_at": row["declared_at"],
                "event_time": row["event_time"],
                "received_times": row["received_times"],
                "copy": row["copy"],
            }
        )
    if entry:
        yield entry


def _counts(store: Store) -> dict[str, Any]:
    deliveries = store.select("SELECT outcome, count(*) FROM delivery GROUP BY outcome ORDER BY outcome")
    received, ids = store.select("SELECT count(*), count(DISTINCT event_id || ' ' || declared) FROM reception")[0]
    differing = store.select(
        "SELECT count(*) FROM (SELECT 1 FROM reception WHERE event_id <> '' GROUP BY event_id, declared"
        " HAVING count(DISTINCT digest) > 1)"
    )[0][0]
    return {
        "deliveries": {row[0]: row[1] for row in deliveries},
        "receptions": received,
        "ids": ids,
        "ids_with_differing_bytes": differing,
    }


def _signed(store: Store) -> dict[str, int]:
    row = store.select(
        "SELECT coalesce(sum(state = 'accepted'), 0) AS accepted, coalesce(sum(state = 'refused'), 0) AS refused,"
        " coalesce(sum(received_times), 0) AS receptions, coalesce(sum(differing_receptions), 0) AS differing"
        " FROM signed_record"
    )[0]
    return dict(row)


def _number(name: str, default: int) -> int:
    given = request.args.get(name, "")
    return int(given) if given.isdecimal() and len(given) < 16 else default

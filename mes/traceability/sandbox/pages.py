"""The portal's pages: what came in, and an element's story. Chinese first, `?lang=en` for English."""

from __future__ import annotations

import json
import secrets
from collections import defaultdict
from typing import Any

from flask import Blueprint, Response, g, make_response, render_template, request

from mes.traceability.epcis.digital_link import CANONICAL, canonical_uri
from mes.traceability.sandbox.receptions import receptions
from mes.traceability.sandbox.settings import platform
from mes.traceability.sandbox.signed.fields import interface
from mes.traceability.sandbox.store import Store
from mes.traceability.sandbox.story import key_parts, short_key, tell_story
from mes.traceability.sandbox.words import LANGUAGES, Speech, stage_of, tone_of

pages = Blueprint("pages", __name__, template_folder="templates")

_DAYS = 14
_LATEST = 12
_RECEPTIONS = 100


@pages.get("/")
def index() -> Response:
    """What came in: counts by day and step, and the elements heard of last."""
    store = platform().store
    return _page(
        "index.html", counts=_counts(store), days=_days(store), latest=_latest(store), components=_components(store)
    )


@pages.get("/story")
def story() -> Response:
    """The story of one element; `epc` is a Digital Link, an EPC URN, or a serial or element code to look for."""
    wanted = request.args.get("epc", "").strip()
    store = platform().store
    candidates = ([wanted] if store.events_of(wanted) else _search(store, wanted)) if wanted else []
    clear = wanted and len(candidates) <= 1
    found = tell_story(store, candidates[0] if candidates else wanted, _speech()) if clear else None
    if found is not None:
        return _page("story.html", story=found)
    matches = [{"epc": epc, "title": _title(store, epc), "key": key_parts(epc)} for epc in candidates]
    response = _page("search.html", wanted=wanted, matches=matches)
    response.status_code = 200 if candidates or not wanted else 404
    return response


@pages.get("/receptions")
def list_receptions() -> Response:
    """The record of receptions, newest first."""
    wanted = request.args.get("id", "").strip()
    store = platform().store
    speak = _speech().speak
    found = receptions(store, limit=_RECEPTIONS, event_id=wanted, newest_first=True, translate=speak)
    counts = store.select("SELECT outcome, count(*) FROM delivery GROUP BY outcome ORDER BY outcome")
    outcomes = {row[0]: row[1] for row in counts}
    return _page("receptions.html", found=found, wanted=wanted, outcomes=outcomes)


@pages.get("/webhooks")
def list_webhooks() -> Response:
    """The messages that came to /webhook, newest first."""
    rows = platform().store.select("SELECT * FROM webhook ORDER BY id DESC LIMIT 50")
    messages = [dict(row) | {"headers": json.loads(row["headers"])} for row in rows]
    return _page("webhooks.html", messages=messages)


@pages.get("/connect")
def show_connect() -> Response:
    """What a sender needs to know: addresses, kinds of keys, limits – and how the platform misbehaves just now."""
    own = platform()
    types = {name: entry["subject"] for name, entry in interface()["types"].items()}
    return _page(
        "connect.html",
        own=own,
        types=types,
        path=interface()["path"],
        behaviour=own.behaviour.told(),
        faults=own.faults.told()["left"],
    )


def _page(template: str, **values: Any) -> Response:
    g.style_nonce = secrets.token_urlsafe(12)
    speech = _speech()
    text = render_template(
        f"sandbox/{template}",
        speech=speech,
        _=speech.speak,
        wanted_epc=request.args.get("epc", ""),
        other_language=_other_language(speech),
        style_nonce=g.style_nonce,
        base_url=platform().base_url,
        **values,
    )
    response = make_response(text)
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'nonce-{g.style_nonce}'; img-src 'self' data:; form-action 'self';"
        " base-uri 'none'; frame-ancestors 'none'"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _speech() -> Speech:
    asked = request.args.get("lang", "zh")
    return Speech(asked if asked in LANGUAGES else "zh")


def _other_language(speech: Speech) -> dict[str, str]:
    other = "en" if speech.code == "zh" else "zh"
    return {"code": other, "name": {"en": "English", "zh": "中文"}[other], "epc": request.args.get("epc", "")}


def _counts(store: Store) -> dict[str, int]:
    """The four numbers on top; today is the day in China (UTC+8 all year), where the city is."""
    row = store.select(
        "SELECT count(*) AS events, coalesce(sum(local_day = date('now', '+8 hours')), 0) AS today,"
        " (SELECT count(DISTINCT epc) FROM event_epc WHERE epc LIKE ? || '/01/%/21/%') AS elements,"
        " (SELECT count(DISTINCT epc) FROM event_epc JOIN event ON event.id = event"
        "   WHERE declared_at = '' AND biz_step = 'installing' AND epc LIKE ? || '/01/%') AS installed FROM event",
        (CANONICAL, CANONICAL),
    )[0]
    signed = store.select("SELECT count(*) FROM signed_record WHERE state = 'accepted'")[0][0]
    return dict(row) | {"signed": signed}


def _components(store: Store) -> list[dict[str, Any]]:
    """The components whose signed records were stored last."""
    rows = store.select(
        "SELECT code, max(record) AS record FROM signed_subject GROUP BY code ORDER BY max(record) DESC LIMIT ?",
        (_LATEST,),
    )
    found = []
    for row in rows:
        told = store.select("SELECT type, event_time FROM signed_record WHERE id = ?", (row["record"],))[0]
        found.append(
            {"code": row["code"], "title": short_key(row["code"]), "type": told["type"], "at": told["event_time"][:16]}
        )
    return found


def _days(store: Store) -> list[dict[str, Any]]:
    """The last days with events, newest first, each with its counts by stage and step."""
    rows = store.select(
        "SELECT local_day, step, count(*) AS number FROM event WHERE declared_at = ''"
        " GROUP BY local_day, step ORDER BY local_day DESC, number DESC"
    )
    by_day: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for row in rows:
        by_day[row["local_day"]].append((row["step"], row["number"]))
    days = list(by_day.items())[:_DAYS]
    largest = max((sum(number for _, number in steps) for _, steps in days), default=1)
    return [_day(day, steps, largest) for day, steps in days]


def _day(day: str, steps: list[tuple[str, int]], largest: int) -> dict[str, Any]:
    by_stage: dict[str, int] = defaultdict(int)
    for step, number in steps:
        by_stage[stage_of(step)] += number
    order = ("production", "inspection", "storage", "transport", "site", "other")
    bars, left = [], 0.0
    for stage in order:
        width = 1000 * by_stage[stage] / largest
        if width:
            bars.append({"stage": stage, "left": round(left, 1), "width": round(width, 1)})
        left += width
    return {"day": day, "total": sum(number for _, number in steps), "bars": bars, "steps": steps[:6]}


def _latest(store: Store) -> list[dict[str, Any]]:
    """The elements (things with a GTIN and serial) whose events were stored last."""
    rows = store.select(
        "SELECT epc, max(event) AS event FROM event_epc JOIN event ON event.id = event"
        " WHERE declared_at = '' AND instance = 1 AND epc LIKE ? || '/01/%/21/%'"
        " GROUP BY epc ORDER BY max(event) DESC LIMIT ?",
        (CANONICAL, _LATEST),
    )
    return [_card(store, row["epc"], row["event"]) for row in rows]


def _card(store: Store, epc: str, number: int) -> dict[str, Any]:
    event = store.select("SELECT step, disposition, body FROM event WHERE id = ?", (number,))[0]
    body = json.loads(event["body"])
    disposition = event["disposition"] or ""
    return {
        "epc": epc,
        "title": _title(store, epc),
        "step": event["step"],
        "stage": stage_of(event["step"]),
        "disposition": disposition,
        "tone": tone_of(disposition),
        "at": body["eventTime"][:16].replace("T", " "),
    }


def _title(store: Store, epc: str) -> str:
    """The element code given at birth, or the serial number."""
    for event in store.events_of(epc):
        for name, value in event.body.get("ilmd", {}).items():
            if name.endswith(":elementCode") and isinstance(value, str):
                return value
    return short_key(epc)


def _search(store: Store, wanted: str) -> list[str]:
    """Keys that end in what was typed, or things born with it as a fact, at most 20."""
    escaped = canonical_uri(wanted).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    rows = store.select(
        "SELECT DISTINCT epc FROM event_epc WHERE instance = 1 AND epc LIKE '%/' || ? ESCAPE '\\' LIMIT 20", (escaped,)
    )
    if rows:
        return [row["epc"] for row in rows]
    rows = store.select(
        "SELECT DISTINCT event_epc.epc FROM event JOIN event_epc ON event_epc.event = event.id,"
        " json_each(event.body, '$.ilmd') AS fact WHERE event_epc.part IN ('object', 'output')"
        " AND fact.value = ? AND instance = 1 LIMIT 20",
        (wanted,),
    )
    return [row["epc"] for row in rows] or _search_records(store, escaped)


def _search_records(store: Store, escaped: str) -> list[str]:
    """Components of signed records whose code is a key that ends in what was typed."""
    rows = store.select(
        "SELECT DISTINCT code FROM signed_subject WHERE code LIKE '%/' || ? ESCAPE '\\' LIMIT 20", (escaped,)
    )
    return [row["code"] for row in rows]

"""What a partner is told of an event: the payload, without personal data unless the connector says so. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from pydantic import TypeAdapter

from mes.ledger.kinds import EVENT_KINDS
from mes.traceability.platforms.fields import Context, FieldRule, build_record
from mes.traceability.platforms.protocol import RenderError, Rendition
from mes.traceability.platforms.subjects import subjects_of
from mes.traceability.platforms.webhook.settings import WebhookSettings

LARGEST_BYTES = 20_000  # the specification's advice: payloads below 20 kB
_ABOUT = ("element.", "delivery.")
_INNER = ("element.scheduled", "element.unscheduled", "element.station_inferred", "element.nonconformity_analysed")
KINDS = frozenset(kind for kind in EVENT_KINDS if kind.startswith(_ABOUT)) - set(_INNER) | {"event.declared_wrong"}
"""What partners are told, unless a connector names fewer: elements and deliveries, not the plant's own planning."""
_SHORT = ("serial", "identity")


def render(content: Mapping[str, Any], settings: WebhookSettings) -> Rendition | None:
    """The payload of an event; None for one that is not for this partner.

    Raises:
        RenderError: it is larger than receivers need to take.
    """
    if content["kind"] not in (settings.kinds or KINDS):
        return None
    own = _of_projects(content, settings.projects)
    if own is None:
        return None
    context = Context(own, ZoneInfo("UTC"), with_personal=settings.with_personal_data)
    data, faults = build_record(_rules(), context)
    if faults:
        raise RenderError("; ".join(map(str, faults)))
    body = _body(own, data)
    if len(body) >= LARGEST_BYTES:
        elements = [{name: entry[name] for name in _SHORT} for entry in data.get("elements", ())]
        body = _body(own, {**data, "elements": elements, "shortened": True})
    if len(body) >= LARGEST_BYTES:
        raise RenderError(f"the payload has {len(body)} bytes; a webhook carries less than {LARGEST_BYTES}")
    strict, loose = subjects_of(content)
    return Rendition((str(content["id"]),), body, strict, loose)


def _of_projects(content: Mapping[str, Any], projects: tuple[str, ...]) -> Mapping[str, Any] | None:
    """The event with the elements of these projects alone; None where it is about none of them."""
    if not projects:
        return content
    elements = [element for element in content["elements"] if element.get("project_code") in projects]
    named = {content["where"].get("project_code"), content["data"].get("project_code")}
    if not elements and (content["elements"] or not named & set(projects)):
        return None
    return {**content, "elements": elements}


def _body(content: Mapping[str, Any], data: Mapping[str, Any]) -> bytes:
    payload = {"type": content["kind"], "timestamp": content["event_time"], "data": data}
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


@cache
def _rules() -> tuple[FieldRule, ...]:
    text = resources.files(__package__).joinpath("payload.yaml").read_text(encoding="utf-8")
    return TypeAdapter(tuple[FieldRule, ...]).validate_python(yaml.safe_load(text))

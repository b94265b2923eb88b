"""The requests that a city's platform would get of an event, to the byte."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from mes.core.text import N_, Text
from mes.traceability.platforms.dry_run import DryRequest, DryRun, Missing
from mes.traceability.platforms.fields.dates import write_moment
from mes.traceability.platforms.masking import Masker
from mes.traceability.platforms.protocol import Rendition
from mes.traceability.platforms.signed_json.assembly import Assembled, Attempt, Keys, uploads
from mes.traceability.platforms.signed_json.declaration import City
from mes.traceability.platforms.signed_json.digests import KeyUnusable
from mes.traceability.platforms.signed_json.door import new_nonce
from mes.traceability.platforms.signed_json.settings import CitySettings
from mes.traceability.platforms.telling import records_of
from mes.traceability.settings import SecretMissing


def show_requests(
    content: Mapping[str, Any],
    url: str,
    settings: CitySettings,
    now: datetime,
    *,
    original: Rendition | None = None,
    environ: Mapping[str, str] = os.environ,
    nonce: str = "",
) -> DryRun:
    """The requests of an event; where a secret is not to be had here, stand-ins take the place of what it makes."""
    city = settings.declared
    rendered = records_of(city, content, settings.values, with_personal=settings.with_personal_data, original=original)
    notes = [*_notes(city, settings, bool(rendered.entries or rendered.faults))]
    secrets, lacking = _secrets(settings, environ)
    keys = _keys(city, secrets, lacking, notes)
    timestamp = str(write_moment(now, city.request.timestamp.form, ZoneInfo(city.zone)))
    attempt = Attempt(timestamp, nonce or new_nonce(city.request.nonce, now), "‹token›" if city.token else "")
    requests = []
    most = min(city.request.body.most, settings.batch_records)
    for name, same in groupby(rendered.entries, key=lambda entry: entry.endpoint):
        entries = list(same)
        for start in range(0, len(entries), most):
            together = entries[start : start + most]
            made = uploads(city, settings.values, url, keys, together, attempt)
            requests.append(_shown(made, name, tuple(entry.id for entry in together), Masker(secrets.values())))
    missing = [Missing(name, fault.field, fault.source, fault.reason) for name, fault in rendered.faults]
    return DryRun(tuple(requests), tuple(missing), tuple(notes))


class _NoSigner:
    def sign(self, text: str) -> str:
        """What stands for a signature whose secret is not here."""
        return "‹signature›"


class _NoSeal:
    def text(self, plain: str) -> str:
        """What stands for a text whose key is not here."""
        return "‹encrypted›"


def _shown(made: Assembled, endpoint: str, ids: tuple[str, ...], masker: Masker) -> DryRequest:
    request = made.request
    return DryRequest(
        request.method,
        masker.text(request.url),
        {name: masker.text(value) for name, value in request.headers.items()},
        masker.text(request.body.decode()).encode(),
        masker.text(made.signed_text),
        endpoint,
        ids,
    )


def _keys(city: City, secrets: Mapping[str, str], lacking: set[str], notes: list[Text]) -> Keys:
    try:
        if not lacking:
            return Keys.read(city, secrets)
    except KeyUnusable as error:
        notes.append(Text("%(words)s", {"words": str(error)}))
    signer = _NoSigner() if city.signature is not None else None
    stand_in = N_("The secret “%(name)s” is not here; what it makes is a stand-in")
    notes += [Text(stand_in, {"name": name}) for name in sorted(lacking)]
    stand_ins = {name: f"‹{name}›" for name in city.secrets}
    return Keys({**stand_ins, **secrets}, signer, {name: _NoSeal() for name in city.ciphers})


def _secrets(settings: CitySettings, environ: Mapping[str, str]) -> tuple[dict[str, str], set[str]]:
    found: dict[str, str] = {}
    for name, source in settings.secrets.items():
        try:
            found[name] = source.read(environ)
        except SecretMissing:
            continue
    return found, set(settings.declared.secrets) - set(found)


NOT_CONFIRMED = N_("not confirmed by the platform's operator")


def _confirmed(city: City) -> Text:
    """What the file says of who has confirmed it; of drafts that ship, in the reader's language."""
    return Text(city.source.confirmed)


def _notes(city: City, settings: CitySettings, heard: bool) -> Iterator[Text]:
    if city.draft and not settings.use_draft:
        yield Text(
            N_("A draft (%(confirmed)s); nothing is sent before use_draft is true"), {"confirmed": _confirmed(city)}
        )
    if not heard:
        yield Text(N_("The platform hears nothing of this event"))
    for name, endpoint in city.endpoints.items():
        for rule in (below for each in city.rules_of(endpoint) for below in each.all_below):
            if rule.check is not None and not rule.check.verified:
                told = {"field": f"{name}.{rule.to}"}
                yield Text(N_("%(field)s: the rule of the check character was not seen in its source"), told)

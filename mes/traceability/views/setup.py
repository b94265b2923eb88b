"""Connectors added and changed on a page: kind, address, settings as YAML, with each fault named by its place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import yaml
from flask import flash, redirect, render_template, request, url_for
from pydantic import ValidationError
from werkzeug.wrappers import Response

from mes.core import web
from mes.core.errors import InvalidInput, MesError
from mes.core.form_faults import faults_of
from mes.core.text import N_, Text
from mes.traceability import service
from mes.traceability.models import Connector
from mes.traceability.platforms.fields import read_yaml
from mes.traceability.queries.secrets import secrets_of
from mes.traceability.service import AddConnector, ChangeConnector
from mes.traceability.views.beginnings import Beginning, beginning_named, beginnings
from mes.traceability.views.blueprint import connector_of, done, pages
from mes.traceability.views.words import words

Faults = list[tuple[str, str]]


@pages.get("/connectors/new")
@web.permission("connector:write")
def new_connector() -> str:
    """Choose what kind of platform it is, then fill in what it needs."""
    chosen = beginning_named(request.args.get("like", ""))
    return _new_page(chosen, {"settings": chosen.settings} if chosen else {}, [])


@pages.post("/connectors")
@web.permission("connector:write")
def add_connector() -> str | tuple[str, int] | Response:
    """Add a connector; where something is wrong, the form again with each fault."""
    chosen = beginning_named(request.form.get("like", ""))
    if chosen is None:
        raise InvalidInput(Text(N_("This form is too old or did not come from here; load the page again")))
    try:
        command = AddConnector(
            command_id=web.form_command_id(),
            name=request.form.get("name", "").strip(),
            kind=chosen.kind,
            url=request.form.get("url", "").strip(),
            settings=_settings(),
        )
        added = web.perform(service.add_connector, command)
    except (MesError, ValidationError) as error:
        return _new_page(chosen, request.form, _faults(error)), 422
    flash(web.gettext(N_("The connector is added; delivery begins with the ledger's first event")), "good")
    return redirect(url_for("traceability.connector", connector_id=added.id), 303)


@pages.get("/connectors/<uuid:connector_id>/settings")
@web.permission("connector:read")
def settings(connector_id: UUID) -> str:
    """How a connector is set; of secrets only where they are kept, and whether they are there."""
    row = connector_of(connector_id)
    return _settings_page(row, {"url": row.url, "settings": as_yaml(row.settings)}, [])


@pages.post("/connectors/<uuid:connector_id>/settings")
@web.permission("connector:write")
def change_settings(connector_id: UUID) -> str | tuple[str, int] | Response:
    """Another address or other settings, in force with the next request."""
    row = connector_of(connector_id)
    url = request.form.get("url", "").strip()
    try:
        command = ChangeConnector(
            command_id=web.form_command_id(),
            connector_id=connector_id,
            url=url if url != row.url else None,
            settings=_settings(),
        )
        web.perform(service.change_connector, command)
    except (MesError, ValidationError) as error:
        return _settings_page(connector_of(connector_id), request.form, _faults(error)), 422
    return done(connector_id, N_("The settings are changed; the next request goes out with them"))


def as_yaml(given: Mapping[str, Any]) -> str:
    """Settings as people write them."""
    return yaml.safe_dump(dict(given), allow_unicode=True, sort_keys=False) if given else ""


def _settings() -> dict[str, Any]:
    """The settings of a form.

    Raises:
        InvalidInput: no YAML; says where.
    """
    text = request.form.get("settings", "").replace("\r\n", "\n")
    bare = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return dict(read_yaml(text)) if bare else {}


def _faults(error: MesError | ValidationError) -> Faults:
    told = faults_of(error) if isinstance(error, ValidationError) else list(error.faults)
    if not told and isinstance(error, MesError):
        return [("", web.in_words(error.reason))]
    return [(fault.where, web.in_words(fault.reason)) for fault in told]


def _new_page(chosen: Beginning | None, given: Mapping[str, Any], faults: Faults) -> str:
    return render_template(
        "traceability/connector_new.html",
        beginnings=beginnings(),
        chosen=chosen,
        given=given,
        faults=faults,
        **words(),
    )


def _settings_page(row: Connector, given: Mapping[str, Any], faults: Faults) -> str:
    return render_template(
        "traceability/connector_settings.html",
        row=row,
        given=given,
        faults=faults,
        secrets=secrets_of(row.settings),
        **words(),
    )

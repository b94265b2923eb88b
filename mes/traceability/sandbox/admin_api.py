"""Faults and behaviour changed while the platform runs. Off unless the platform was started with an admin key."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, abort, jsonify, request

from mes.traceability.sandbox.behaviour import Behaviour, BehaviourError
from mes.traceability.sandbox.faults import FaultScriptError, understood
from mes.traceability.sandbox.problems import RefusedError
from mes.traceability.sandbox.settings import platform

admin = Blueprint("admin", __name__, url_prefix="/admin")


@admin.before_request
def require_key() -> None:
    """Without a key of its own, this part of the platform does not exist."""
    key = platform().admin_key
    if not key:
        abort(404)
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not hmac.compare_digest(given.strip().encode(), key.encode()):
        challenge = {"WWW-Authenticate": 'Bearer realm="admin"'}
        raise RefusedError("SecurityException", "The admin key is required", 401, headers=challenge)


@admin.get("/faults")
def show_faults() -> Response:
    """What is still to be played, and what was played last."""
    return jsonify(platform().faults.told())


@admin.post("/faults")
def add_faults() -> Response:
    """Append faults: a JSON list as in the script file; its `behave` entries change the behaviour."""
    entries = request.get_json(force=True, silent=True)
    if not isinstance(entries, list):
        raise RefusedError("ValidationException", "A list of faults is expected", 400)
    try:
        understood(entries, Behaviour())
        platform().faults.add(understood(entries, platform().behaviour))
    except FaultScriptError as error:
        raise RefusedError("ValidationException", "The faults are not understood", 400, str(error)) from error
    return show_faults()


@admin.delete("/faults")
def clear_faults() -> Response:
    """Forget the faults that are left."""
    platform().faults.clear()
    return show_faults()


@admin.get("/behaviour")
def show_behaviour() -> Response:
    """The switches and the clock."""
    return jsonify(platform().behaviour.told())


@admin.patch("/behaviour")
def change_behaviour() -> Response:
    """Set switches: a JSON object of names and values."""
    wanted: Any = request.get_json(force=True, silent=True)
    try:
        platform().behaviour.change(wanted if isinstance(wanted, Mapping) else None)
    except BehaviourError as error:
        raise RefusedError("ValidationException", "The behaviour is not known", 400, str(error)) from error
    return show_behaviour()


@admin.delete("/behaviour")
def reset_behaviour() -> Response:
    """Behave well again."""
    platform().behaviour.reset()
    return show_behaviour()

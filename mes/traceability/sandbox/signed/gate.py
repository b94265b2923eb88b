"""Who may in: the app key, the signature, the time, the nonce and the token of a request."""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mes.core.text import N_, Text
from mes.traceability.sandbox.calls import Call
from mes.traceability.sandbox.settings import Platform
from mes.traceability.sandbox.signed import codes
from mes.traceability.sandbox.signed.fields import interface
from mes.traceability.sandbox.signed.keys import AppKey
from mes.traceability.sandbox.signed.signature import moment_of, signature_fits

_HEADERS = {
    "appKey": "X-App-Key",
    "timestamp": "X-Timestamp",
    "nonce": "X-Nonce",
    "sign": "X-Signature",
    "accessToken": "X-Access-Token",
}
_NOT_SIGNED = {"sign", "accessToken"}
_LONGEST_NONCE = 64


@dataclass(frozen=True)
class Signed:
    """A request that may in: its key, and the text of what was uploaded."""

    key: AppKey
    text: str


@dataclass(frozen=True)
class _Claim:
    """What a request says about itself, and where it says so."""

    place: str
    own: Mapping[str, str]
    values: Mapping[str, str]
    text: str


def let_in(own: Platform, call: Call, arguments: Mapping[str, str], headers: Mapping[str, str]) -> Signed:
    """The request, its signature found right.

    Raises:
        codes.AnsweredError: it may not in.
    """
    claim = _claim(call, arguments, headers)
    key = own.app_keys.get(claim.own.get("appKey", ""))
    if key is None or key.place != claim.place:
        raise codes.AnsweredError(codes.UNKNOWN_KEY, Text(N_("The app key is not known, or signs at another place")))
    if not signature_fits(claim.own.get("sign", ""), claim.values, key):
        raise codes.AnsweredError(codes.WRONG_SIGNATURE, Text(N_("The signature does not fit")))
    _require_time(own, claim.own.get("timestamp", ""), key)
    _require_token(own, claim.own.get("accessToken", ""), key)
    _use_up(own, key, claim.own.get("nonce", ""))
    return Signed(key, claim.text)


def log_in(own: Platform, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """A new token for an app key and its secret.

    Raises:
        codes.AnsweredError: they do not fit.
    """
    key = own.app_keys.get(str(wanted.get("appKey", "")))
    given = str(wanted.get("appSecret", ""))
    if key is None or not key.secret or not secrets.compare_digest(given.encode(), key.secret.encode()):
        raise codes.AnsweredError(codes.UNKNOWN_KEY, Text(N_("The app key or its secret is wrong")))
    token = secrets.token_urlsafe(24)
    with own.store.writing() as writer:
        writer.execute(
            "INSERT INTO signed_token VALUES (?, ?, ?)",
            (token, key.app_key, own.store.clock.seconds() + key.token_seconds),
        )
    return {"token": token, "expiresIn": key.token_seconds}


def _claim(call: Call, arguments: Mapping[str, str], headers: Mapping[str, str]) -> _Claim:
    text = call.body.decode("utf-8", "replace")
    if _HEADERS["appKey"] in headers:
        own = {name: headers[header] for name, header in _HEADERS.items() if header in headers}
        return _Claim("header", own, _with_body({**arguments, **_signed(own)}, text), text)
    if "appKey" in arguments:
        own = {name: arguments[name] for name in _HEADERS if name in arguments}
        return _Claim("query", own, _with_body(_signed(arguments), text), text)
    try:
        body = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        body = {}
    plain = isinstance(body, dict) and all(isinstance(value, str) for value in body.values())
    own = body if plain else {}
    return _Claim("body", own, {**arguments, **_signed(own)}, own.get("data", ""))


def _signed(values: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in values.items() if name not in _NOT_SIGNED}


def _with_body(values: dict[str, str], text: str) -> dict[str, str]:
    return values | {"body": text} if text else values


def _require_time(own: Platform, stamp: str, key: AppKey) -> None:
    moment = moment_of(stamp, key, interface()["zone_hours"])
    if moment is None:
        reason = Text(N_("the time stamp is not written as %(form)s"), {"form": key.timestamp})
        raise codes.AnsweredError(codes.WRONG_TIME, reason)
    off = own.store.clock.seconds() - moment
    if abs(off) > interface()["clock_window_seconds"]:
        raise codes.AnsweredError(
            codes.WRONG_TIME,
            Text(N_("the time stamp is %(seconds)s s off"), {"seconds": round(off)}),
            {"serverTime": own.store.clock.text()},
        )


def _require_token(own: Platform, token: str, key: AppKey) -> None:
    if not key.token:
        return
    rows = own.store.select("SELECT until FROM signed_token WHERE token = ? AND app_key = ?", (token, key.app_key))
    if not rows or rows[0]["until"] < own.store.clock.seconds():
        raise codes.AnsweredError(codes.NO_TOKEN, Text(N_("The token is missing, wrong or has run out")))


def _use_up(own: Platform, key: AppKey, nonce: str) -> None:
    """A nonce is good once; those older than twice the window cannot come back, for their time stamp is too old."""
    if not nonce or len(nonce) > _LONGEST_NONCE:
        raise codes.AnsweredError(
            codes.USED_NONCE, Text(N_("A nonce of 1 to %(most)s characters is expected"), {"most": _LONGEST_NONCE})
        )
    now = own.store.clock.seconds()
    with own.store.writing() as writer:
        writer.execute("DELETE FROM signed_nonce WHERE at < ?", (now - 4 * interface()["clock_window_seconds"],))
        try:
            writer.execute("INSERT INTO signed_nonce VALUES (?, ?, ?)", (key.app_key, nonce, now))
        except sqlite3.IntegrityError as error:
            raise codes.AnsweredError(codes.USED_NONCE, Text(N_("The nonce was used before"))) from error

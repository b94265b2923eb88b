"""A receiver to try webhooks with: judges signatures after the Standard Webhooks specification, keeps what came."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from pathlib import Path

from flask import Blueprint, Response, request

from mes.core.text import Text
from mes.traceability.sandbox.calls import begin, limited_body
from mes.traceability.sandbox.problems import RefusedError, UnusableFileError
from mes.traceability.sandbox.settings import platform
from mes.traceability.sandbox.words import words

webhooks = Blueprint("webhooks", __name__)

PREFIX = "whsec_"
TOLERANCE_SECONDS = 300
_MOST_BYTES = 1024 * 1024
_SHOWN = ("webhook-id", "webhook-timestamp", "content-type", "user-agent")


@webhooks.post("/webhook")
def receive() -> Response:
    """Take a message in: 204 where it is right (a repeat too), 400 where its signature or time is not."""
    call = begin("webhook", _body)
    webhook_id = request.headers.get("webhook-id", "")
    call.play_before(lambda: [(webhook_id, False, hashlib.sha256(call.body).hexdigest())])
    verdict = _verdict(webhook_id, call.body)
    headers = {name: request.headers[name] for name in _SHOWN if name in request.headers}
    with platform().store.writing() as writer:
        known = writer.execute(
            "SELECT 1 FROM webhook WHERE webhook_id = ? AND verdict IN ('right', 'repeat')", (webhook_id,)
        ).fetchone()
        verdict = "repeat" if verdict == "right" and known else verdict
        outcome = {"right": "stored", "repeat": "repeat"}.get(verdict, "refused")
        sign = (webhook_id, False, hashlib.sha256(call.body).hexdigest())
        detail = Text(str(words()["verdicts"][verdict])) if outcome == "refused" else ""
        writer.record_signs("webhook", outcome, len(call.body), [sign], detail)
        writer.execute(
            "INSERT INTO webhook (at, webhook_id, verdict, headers, body) VALUES (?, ?, ?, ?, ?)",
            (writer.clock.text(), webhook_id, verdict, json.dumps(headers), call.body.decode("utf-8", "replace")),
        )
    call.play_after()
    if outcome == "refused":
        raise RefusedError("SecurityException", verdict, 400)
    return Response(status=204)


def signature(secret: str, webhook_id: str, timestamp: str, body: bytes) -> str:
    """The signature of one version-1 secret, `v1,` and Base64."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{webhook_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()


def kept_secrets(file: Path) -> list[str]:
    """The secrets in `file`, one a line; a new one is made where there is no file."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(PREFIX + base64.b64encode(secrets.token_bytes(24)).decode() + "\n", encoding="utf-8")
    found = file.read_text(encoding="utf-8").split()
    for line in found:
        try:
            base64.b64decode(line.removeprefix(PREFIX), validate=True)
        except binascii.Error as error:
            raise UnusableFileError(f"{file}: a webhook secret is {PREFIX} and Base64") from error
    return found


def _verdict(webhook_id: str, body: bytes) -> str:
    timestamp = request.headers.get("webhook-timestamp", "")
    if not webhook_id or not timestamp.isdecimal() or len(timestamp) > 12:
        return "no-headers"
    if abs(platform().store.clock.seconds() - int(timestamp)) > TOLERANCE_SECONDS:
        return "wrong-time"
    given = request.headers.get("webhook-signature", "").split()
    expected = [signature(secret, webhook_id, timestamp, body) for secret in platform().webhook_secrets]
    matches = [hmac.compare_digest(one.encode(), own.encode()) for one in given for own in expected]
    return "right" if any(matches) else "wrong-signature"


def _body() -> bytes:
    body = limited_body(_MOST_BYTES)
    if body is None:
        raise RefusedError("CaptureLimitExceededException", "The message is too large", 413)
    return body

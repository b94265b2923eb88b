"""The webhook receiver, tried with the specification's own library."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from standardwebhooks.webhooks import Webhook

from mes.traceability.sandbox import Fault
from mes.traceability.sandbox.webhooks import kept_secrets
from tests.mes.traceability.sandbox.platform_app import platform_app

OLD, NEW = ("whsec_" + base64.b64encode(sign * 24).decode() for sign in (b"o", b"n"))
BODY = '{"type": "element.departed", "data": {"element": "构件 <7>"}}'


def headers(secret: str, webhook_id: str = "msg_1", seconds_off: float = 0) -> dict[str, str]:
    moment = datetime.now(UTC) + timedelta(seconds=seconds_off)
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(secret).sign(webhook_id, moment, BODY),
    }


def test_right_repeated_and_wrong_messages_are_told_apart(tmp_path: Path) -> None:
    both = headers(OLD) | {"webhook-signature": "v1,AAAA " + headers(OLD)["webhook-signature"]}
    tries = [
        (headers(NEW), 204), (both, 204), (headers(OLD, "msg_2", -400), 400), (headers(OLD, "msg_3", 400), 400),
        (headers(NEW) | {"webhook-id": "msg_4"}, 400), (headers("whsec_" + "A" * 32, "msg_5"), 400), ({}, 400),
    ]  # fmt: skip
    with platform_app(tmp_path, webhook_secrets=[OLD, NEW]) as client:
        for given, status in tries:
            assert client.post("/webhook", data=BODY.encode(), headers=given).status_code == status
        deliveries = client.get("/api/summary").get_json()["record"]["deliveries"]
        page = client.get("/webhooks?lang=en").get_data(as_text=True)
    assert deliveries == {"refused": 5, "repeat": 1, "stored": 1}
    assert "构件 &lt;7&gt;" in page


def test_a_receiver_can_be_busy_or_gone(tmp_path: Path) -> None:
    faults = [Fault("webhook", 429, retry_after="5"), Fault("webhook", 410)]
    with platform_app(tmp_path, faults, webhook_secrets=[NEW]) as client:
        answers = [client.post("/webhook", data=BODY.encode(), headers=headers(NEW)) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [429, 410, 204]
    assert answers[0].headers["Retry-After"] == "5"


def test_a_secret_is_made_once(tmp_path: Path) -> None:
    made = kept_secrets(tmp_path / "data" / "webhook-secret")
    assert kept_secrets(tmp_path / "data" / "webhook-secret") == made
    assert (tmp_path / "data" / "webhook-secret").stat().st_mode & 0o077 == 0
    (tmp_path / "data" / "webhook-secret").write_text("whsec_###")
    with pytest.raises(ValueError, match="webhook secret"):
        kept_secrets(tmp_path / "data" / "webhook-secret")

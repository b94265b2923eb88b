"""Webhooks, verified by the specification's own library on what came over the wire."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from standardwebhooks import Webhook, WebhookVerificationError

from mes.core.errors import InvalidInput
from mes.traceability.platforms import Delivered, Disabled, PauseConfiguration, PauseCredentials, Retry
from mes.traceability.platforms.protocol import RenderError
from mes.traceability.platforms.webhook import KIND
from mes.traceability.settings import SecretMissing
from tests.mes.traceability.platforms.events import DELIVERY, cast, element, event
from tests.mes.traceability.platforms.wire import Given, Wire

OLD = "whsec_" + base64.b64encode(b"the secret of last year, gone").decode()
NEW = "whsec_" + base64.b64encode(b"the secret of this year, good").decode()
GIVEN: dict[str, Any] = {"secret": {"variable": "HOOK_OLD"}, "next_secret": {"variable": "HOOK_NEW"}}


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both are in the environment."""
    monkeypatch.setenv("HOOK_OLD", OLD)
    monkeypatch.setenv("HOOK_NEW", NEW)


def rendered(content: dict[str, Any], **more: Any) -> Any:
    """The payload of an event, read; None where the partner is not told."""
    rendition = KIND.render(content, KIND.read_settings({**GIVEN, **more}))
    return None if rendition is None else json.loads(rendition.body)


def test_both_secrets_verify_and_a_changed_byte_does_not(wire: Wire) -> None:
    settings = KIND.read_settings(GIVEN)
    rendition = KIND.render(cast(), settings)
    assert rendition is not None
    assert KIND.connect(wire.url + "/hook", settings).send([rendition]).answer == Delivered()
    seen = wire.seen[0]
    assert seen.body == rendition.body
    assert seen.headers["webhook-id"] == cast()["id"] == rendition.ids[0]
    for secret in (OLD, NEW):
        told = Webhook(secret).verify(seen.body, dict(seen.headers))
        assert told["type"] == "element.cast"
        assert told["timestamp"] == "2026-11-23T01:02:03.456Z"
    with pytest.raises(WebhookVerificationError):
        Webhook(NEW).verify(seen.body + b" ", dict(seen.headers))


def test_a_receiver_without_the_secret_checks_by_the_public_key(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    key = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
    monkeypatch.setenv("HOOK_KEY", "whsk_" + base64.b64encode(b"k" * 32).decode())
    settings = KIND.read_settings({**GIVEN, "signing_key": {"variable": "HOOK_KEY"}})
    rendition = KIND.render(cast(), settings)
    assert rendition is not None
    KIND.connect(wire.url, settings).send([rendition])
    headers = wire.seen[0].headers
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + wire.seen[0].body
    made = dict(part.split(",", 1) for part in headers["webhook-signature"].split() if part.startswith("v1a,"))
    key.public_key().verify(base64.b64decode(made["v1a"]), signed)


def test_the_id_stays_on_a_retry(wire: Wire) -> None:
    settings = KIND.read_settings(GIVEN)
    rendition = KIND.render(cast(), settings)
    assert rendition is not None
    hook = KIND.connect(wire.url, settings)
    wire.answer = lambda seen: Given("", 503, {"Retry-After": "120"})
    answer = hook.send([rendition]).answer
    assert isinstance(answer, Retry)
    assert answer.after_seconds == 120
    wire.answer = lambda seen: Given("", 204)
    assert hook.send([rendition]).answer == Delivered()
    first, second = wire.seen
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body


@pytest.mark.parametrize(
    ("status", "meaning"),
    [(410, Disabled), (429, Retry), (500, Retry), (401, PauseCredentials), (302, PauseConfiguration)],
)
def test_a_status_is_understood(wire: Wire, status: int, meaning: type) -> None:
    settings = KIND.read_settings(GIVEN)
    rendition = KIND.render(cast(), settings)
    assert rendition is not None
    wire.answer = lambda seen: Given("", status, {"Location": wire.url} if status == 302 else {})
    submission = KIND.connect(wire.url, settings).send([rendition])
    assert isinstance(submission.answer, meaning)
    assert len(wire.seen) == 1
    assert wire.seen[0].headers["webhook-signature"].split()[0] not in submission.exchange.request


def test_nobody_is_named_unless_the_connector_says_so() -> None:
    departed = event("delivery.departed", data={**DELIVERY, "reason": "王敏 said so"})
    told = json.dumps(rendered(departed), ensure_ascii=False)
    assert not any(word in told for word in ("王敏", "李军", "闽D", "p-7"))
    assert rendered(departed)["data"]["by"] == {"role": "inspector", "organisation": "厦门预制厂"}
    named = json.dumps(rendered(departed, with_personal_data=True), ensure_ascii=False)
    assert all(word in named for word in ("王敏", "李军", "闽D·12345"))


def test_a_partner_is_told_of_its_projects_and_kinds_alone() -> None:
    mixed = cast(elements=[element(1), element(2, project_code="XM-02")])
    assert [one["serial"] for one in rendered(mixed, projects=["XM-02"])["data"]["elements"]] == [2]
    assert rendered(mixed, projects=["XM-03"]) is None
    arrived = event("delivery.arrived", elements=[], data=DELIVERY)
    assert rendered(arrived, projects=["XM-01"]) is not None
    assert rendered(arrived, projects=["XM-02"]) is None
    assert rendered(cast(), kinds=["element.installed"]) is None
    assert rendered(event("element.scheduled")) is None
    assert rendered(event("machine.commanded", elements=[])) is None


def test_a_payload_stays_below_twenty_kilobytes() -> None:
    many = cast(elements=[element(number) for number in range(1000, 1120)])
    settings = KIND.read_settings(GIVEN)
    rendition = KIND.render(many, settings)
    assert rendition is not None
    assert len(rendition.body) < 20_000
    told = json.loads(rendition.body)["data"]
    assert told["shortened"] is True
    assert set(told["elements"][0]) == {"serial", "identity"}
    assert len(told["elements"]) == 120
    with pytest.raises(RenderError, match="less than 20000"):
        KIND.render(cast(elements=[element(number) for number in range(1000, 1500)]), settings)


def test_settings_and_secrets_that_cannot_be_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InvalidInput) as refused:
        KIND.read_settings({**GIVEN, "kinds": ["element.cats"], "timeout_seconds": 5, "colour": "grey"})
    assert {fault.where for fault in refused.value.faults} == {"kinds[0]", "timeout_seconds", "colour"}
    for wrong in ("plain", "whsec_short", "whsec_" + base64.b64encode(b"too short").decode()):
        monkeypatch.setenv("HOOK_OLD", wrong)
        with pytest.raises(SecretMissing) as told:
            KIND.connect("https://example.com", KIND.read_settings(GIVEN))
        assert wrong not in str(told.value)

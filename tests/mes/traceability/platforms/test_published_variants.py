"""Each variant of signing that a Chinese platform has published, checked on the wire by other libraries than ours."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote
from zoneinfo import ZoneInfo

import pytest

from mes.traceability.platforms import Accepted, CaptureJob, DataRefused, Delivered, PauseCredentials
from mes.traceability.platforms.fields import read_yaml
from mes.traceability.platforms.signed_json import KIND
from mes.traceability.platforms.signed_json.platform import SignedJsonPlatform
from tests.mes.traceability.platforms.events import event
from tests.mes.traceability.platforms.signing_by_hand import (
    des_ecb_opened,
    hmac_sm3,
    md5,
    sm2_fits,
    sm3_hex,
    sm4_cbc_opened,
)
from tests.mes.traceability.platforms.wire import Given, Seen, Wire

VARIANTS = Path(__file__).with_name("variants")
ID = "0199d1a2-1111-7000-8000-000000000001-1007"
SECRET = "0123456789abcdef"
HERE = ZoneInfo("Asia/Shanghai")


def connected(
    monkeypatch: pytest.MonkeyPatch, wire: Wire, name: str, secrets: dict[str, str], **more: Any
) -> tuple[SignedJsonPlatform, Any]:
    """A door to a platform of that variant, and its settings."""
    definition = read_yaml((VARIANTS / f"{name}.yaml").read_text(encoding="utf-8"))
    for secret, text in secrets.items():
        monkeypatch.setenv(f"CITY_{secret.upper()}", text)
    settings = KIND.read_settings(
        {
            "definition": definition,
            "values": dict.fromkeys(definition["values"], "plant-1"),
            "secrets": {secret: {"variable": f"CITY_{secret.upper()}"} for secret in secrets},
            "use_draft": True,
            **more,
        }
    )
    return KIND.connect(wire.url, settings), settings


def sent(platform: SignedJsonPlatform, settings: Any, wire: Wire) -> Seen:
    """The request that one accepted inspection becomes."""
    rendition = KIND.render(event("element.final_accepted"), settings)
    assert rendition is not None
    assert platform.send([rendition]).answer == Delivered()
    return wire.seen[-1]


def seconds_off(moment: datetime) -> float:
    """How far a moment is from now."""
    return abs((datetime.now(HERE) - moment).total_seconds())


def test_guangzhou_sorted_members_and_secret_in_md5_with_des_fields(
    monkeypatch: pytest.MonkeyPatch, wire: Wire
) -> None:
    platform, settings = connected(monkeypatch, wire, "guangzhou", {"key": SECRET, "field_key": "8bytekey"})
    body = sent(platform, settings, wire).json
    plan = '[{"mark":"YB-7-03"}]'
    text = f"appId=plant-1&id={ID}&name={body['name']}&plan={plan}&timestamp={body['timestamp']}&secret={SECRET}"
    assert body["sign"] == md5(text)
    assert des_ecb_opened(b"8bytekey", bytes.fromhex(body["name"].removeprefix("des:"))) == "王敏"
    assert seconds_off(datetime.strptime(body["timestamp"], "%Y%m%d%H%M%S").replace(tzinfo=HERE)) < 60


def test_meizhou_names_and_values_between_two_secrets_in_md5_capitals(
    monkeypatch: pytest.MonkeyPatch, wire: Wire
) -> None:
    platform, settings = connected(monkeypatch, wire, "meizhou", {"secret": SECRET})
    seen = sent(platform, settings, wire)
    query, raw = seen.query, seen.body.decode()
    assert raw == f'{{"id": "{ID}", "project": "湖里安置房一期"}}'
    text = f"{SECRET}api_keyplant-1api_version1.2body{raw}timestamp{query['timestamp']}{SECRET}"
    assert query["signature"] == md5(text).upper()
    assert seconds_off(datetime.strptime(query["timestamp"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=HERE)) < 60


def test_chongqing_headers_and_the_digest_of_the_body(monkeypatch: pytest.MonkeyPatch, wire: Wire) -> None:
    wire.answer = lambda seen: Given({"code": "0000"})
    platform, settings = connected(monkeypatch, wire, "chongqing", {"key": "00ff" * 8})
    seen = sent(platform, settings, wire)
    given = seen.headers
    digest = hashlib.sha256(seen.body).hexdigest()
    lines = ["POST", "/openapi/v1/inspection", digest, "plant-1", given["ts"], given["rcode"]]
    made = hmac.new(bytes.fromhex("00ff" * 8), "\n".join(lines).encode(), hashlib.sha256).digest()
    assert given["signature"] == base64.b64encode(made).decode()
    assert seen.json == {"list": [{"id": ID, "mark": "YB-7-03"}]}


def test_easydoc_key_secret_and_time_in_sha1(monkeypatch: pytest.MonkeyPatch, wire: Wire) -> None:
    wire.answer = lambda seen: Given({"success": True})
    platform, settings = connected(monkeypatch, wire, "easydoc", {"app_secret": SECRET})
    given = sent(platform, settings, wire).headers
    text = f"plant-1{SECRET}{given['timestamp']}"
    assert given["signature"] == hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
    assert len(given["timestamp"]) == 13


def test_zdnongye_sorted_pairs_in_hmac_sm3_as_base64(monkeypatch: pytest.MonkeyPatch, wire: Wire) -> None:
    wire.answer = lambda seen: Given({"code": 200})
    platform, settings = connected(monkeypatch, wire, "zdnongye", {"secret": SECRET})
    seen = sent(platform, settings, wire)
    stamp = seen.headers["x-timestamp"]
    text = f'clientId=plant-1&id={ID}&place={{"floor":"7层"}}&timestamp={stamp}&volume=0.2'
    assert seen.headers["x-signature"] == base64.b64encode(hmac_sm3(SECRET.encode(), text.encode())).decode()


def test_xinghuoyin_sm2_with_the_time_as_nonce(monkeypatch: pytest.MonkeyPatch, wire: Wire) -> None:
    private = "3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8"  # GB/T 32918.5, annex A
    public = (
        "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
        "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
    )
    platform, settings = connected(monkeypatch, wire, "xinghuoyin", {"private_key": private})
    body = sent(platform, settings, wire).json
    text = "&".join(f"{name}={body[name]}" for name in ("access_key", "data", "nonce", "request_id"))
    assert sm2_fits(public, body["signature"], text.encode())
    assert not sm2_fits(public, body["signature"], (text + " ").encode())
    assert len(body["request_id"]) == 32
    assert json.loads(body["data"]) == {"id": ID}
    assert seconds_off(datetime.fromtimestamp(int(body["nonce"]), HERE)) < 60


class Sichuan:
    """A platform with sessions: what it gave out, what it took in, and how far it is."""

    def __init__(self) -> None:
        self.sessions: list[str] = []
        self.lifetime, self.state, self.refuses_log_in, self.forgets = 7200, 0, False, False

    def __call__(self, seen: Seen) -> Given:
        if seen.path == "/Post/login":
            if self.refuses_log_in:
                return Given({"status": "wrong", "words": "口令错误"})
            self.sessions.append(f"session-{len(self.sessions) + 1}")
            return Given({"status": "ok", "session": self.sessions[-1], "expires": self.lifetime})
        if self.forgets and seen.form["session"] == self.sessions[0]:
            return Given({"status": "session_expired", "words": "会话过期"})
        if seen.path == "/Post/retUpInfo":
            return Given({"state": self.state, "words": "身份证号码有误"})
        return Given({"status": "received", "number": "N-1"})


def test_sichuan_session_encrypted_data_and_the_result_asked_for(monkeypatch: pytest.MonkeyPatch, wire: Wire) -> None:
    wire.answer = city = Sichuan()
    platform, settings = connected(monkeypatch, wire, "sichuan", {"password": SECRET, "data_key": "fedcba9876543210"})
    rendition = KIND.render(event("element.final_accepted"), settings)
    assert rendition is not None
    accepted = platform.send([rendition]).answer
    assert accepted == Accepted(CaptureJob('["N-1"]'))

    log_in, upload = wire.seen
    assert log_in.form == {"user": "plant-1", "password": SECRET}
    form = upload.form
    sealed = base64.b64decode(form["data"])
    opened = sm4_cbc_opened(b"fedcba9876543210", sealed[:16], sealed[16:])
    assert json.loads(opened) == [{"id": ID, "inspector": "王敏"}]
    names = sorted(["session", "requestNo", "time", "data"])
    text = "&".join(f"{name}={quote(form[name], safe='-._~')}" for name in names) + f"&key={SECRET}"
    assert form["sign"] == sm3_hex(text.lower().encode())
    assert [name for name, _ in parse_qsl(upload.body.decode())] == ["session", "requestNo", "time", "sign", "data"]

    job = CaptureJob('["N-1"]')
    assert platform.poll(job).answer == Accepted(job)
    city.state = 1
    assert platform.poll(job).answer == Delivered()
    city.state = 2
    refused = platform.poll(job).answer
    assert isinstance(refused, DataRefused)
    assert "身份证号码有误" in refused.reason
    assert {seen.form["session"] for seen in wire.seen[1:]} == {"session-1"}


def test_a_session_that_the_platform_forgot_is_renewed_once(monkeypatch: pytest.MonkeyPatch, wire: Wire) -> None:
    wire.answer = city = Sichuan()
    platform, settings = connected(monkeypatch, wire, "sichuan", {"password": SECRET, "data_key": "fedcba9876543210"})
    rendition = KIND.render(event("element.final_accepted"), settings)
    assert rendition is not None
    assert platform.discover().answer == Delivered()
    city.forgets = True
    submission = platform.send([rendition])
    assert submission.answer == Accepted(CaptureJob('["N-1"]'))
    assert [seen.path for seen in wire.seen] == ["/Post/login", "/Post/inspection", "/Post/login", "/Post/inspection"]
    assert wire.seen[1].form["requestNo"] == wire.seen[3].form["requestNo"]
    assert "session-2" not in submission.exchange.request


def test_a_session_is_renewed_before_it_runs_out_and_a_refused_log_in_pauses(
    monkeypatch: pytest.MonkeyPatch, wire: Wire
) -> None:
    wire.answer = city = Sichuan()
    city.lifetime = 0
    platform, settings = connected(monkeypatch, wire, "sichuan", {"password": SECRET, "data_key": "fedcba9876543210"})
    rendition = KIND.render(event("element.final_accepted"), settings)
    assert rendition is not None
    platform.send([rendition])
    platform.send([rendition])
    assert [seen.path for seen in wire.seen] == ["/Post/login", "/Post/inspection"] * 2
    city.refuses_log_in = True
    answer = platform.send([rendition]).answer
    assert isinstance(answer, PauseCredentials)
    assert "口令错误" in answer.reason


@pytest.mark.parametrize("name", ["guangzhou", "xinghuoyin"])
def test_each_attempt_has_a_new_time_and_the_same_record(
    monkeypatch: pytest.MonkeyPatch, wire: Wire, name: str
) -> None:
    secrets = {"guangzhou": {"key": SECRET, "field_key": "8bytekey"}, "xinghuoyin": {"private_key": "1b" * 32}}[name]
    platform, settings = connected(monkeypatch, wire, name, secrets)
    first = sent(platform, settings, wire).json
    later = datetime.now(HERE) + timedelta(seconds=90)
    monkeypatch.setattr(platform._door._caller, "clock", type("Later", (), {"now": staticmethod(lambda: later)})())
    second = sent(platform, settings, wire).json
    changing = {"guangzhou": {"timestamp", "sign"}, "xinghuoyin": {"nonce", "signature"}}[name]
    assert {key for key in first if first[key] != second[key]} == changing

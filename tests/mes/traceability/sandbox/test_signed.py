"""The signed-JSON interface as a sender sees it; the signatures are made here, by other code than judges them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from gmssl import func, sm2, sm3

from mes.traceability.sandbox import AppKey, Fault
from mes.traceability.sandbox.signed.fields import record_faults
from mes.traceability.sandbox.signed.keys import AppKeyFileError, read_app_keys, trial_keys
from tests.mes.traceability.sandbox.platform_app import KEY, SECRET, ask, platform_app, record, signed, upload


@pytest.fixture
def client(tmp_path: Path) -> Iterator[FlaskClient]:
    with platform_app(tmp_path, app_keys=[KEY, AppKey("later", "sha256", SECRET, deferred=True)]) as client:
        yield client


def test_a_record_is_taken_once_and_found_by_id_and_by_day(client: FlaskClient) -> None:
    assert upload(client, record())["code"] == 0
    assert upload(client, record())["code"] == 1001
    found = ask(client, "/records", id="r-1")
    assert (found["code"], found["data"]["type"]) == (0, "production")
    assert ask(client, "/records", id="r-2")["code"] == 6001
    assert ask(client, "/records", day="2026-11-02")["data"]["ids"] == ["r-1"]
    assert ask(client, "/records", day="2026-11-03")["data"] | {"day": ""} == {
        "day": "", "page": 1, "pages": 1, "total": 0, "ids": [],
    }  # fmt: skip
    assert client.get("/api/summary").get_json()["signed_records"] == {
        "accepted": 1, "refused": 0, "receptions": 2, "differing": 0,
    }  # fmt: skip


def test_an_id_with_another_content_is_a_fault_of_the_id(client: FlaskClient) -> None:
    upload(client, record())
    answer = upload(client, record(concreteBatch="B261102-5"))
    assert (answer["code"], answer["data"]["field"]) == (1002, "id")
    assert client.get("/api/summary").get_json()["record"]["ids_with_differing_bytes"] == 1


@pytest.mark.parametrize(
    ("kind", "change", "field"),
    [
        ("production", {"id": None}, "id"),
        ("production", {"eventTime": "2026-11-02T09:30:00"}, "eventTime"),
        ("production", {"eventTime": "2026-02-30 09:30:00"}, "eventTime"),
        ("production", {"step": "melted"}, "step"),
        ("production", {"concreteBatch": None}, "concreteBatch"),
        ("production", {"concreteBatch": " "}, "concreteBatch"),
        ("production", {"concreteVolume": "1.2"}, "concreteVolume"),
        ("production", {"concreteVolume": 0}, "concreteVolume"),
        ("production", {"concreteVolume": 1e400}, "concreteVolume"),
        ("production", {"componentCode": "W" * 65}, "componentCode"),
        ("production", {"rebarBatches": []}, "rebarBatches"),
        ("production", {"rebarBatches": ["a", 7]}, "rebarBatches[1]"),
        ("production", {"responsible": [{"role": "inspector"}]}, "responsible[0].name"),
        ("production", {"colour": "grey"}, "colour"),
        ("receipt", {"step": "rejected"}, "reason"),
        ("inspection", {"step": None, "inspectionType": "final", "result": "0"}, "defects"),
        ("component", {"manufacturerCode": "91350100M000100Y44"}, "manufacturerCode"),
    ],
)
def test_each_wrong_field_is_named(kind: str, change: dict[str, Any], field: str) -> None:
    assert field in [fault.field for fault in record_faults(kind, record(**change))]


def test_a_right_credit_code_is_none_of_the_faults() -> None:
    faults = record_faults("component", record(manufacturerCode="91350100M000100Y43"))
    assert "manufacturerCode" not in [fault.field for fault in faults]


def test_a_data_fault_names_the_field_and_may_be_sent_again_repaired(client: FlaskClient) -> None:
    answer = upload(client, record(step="melted"))
    assert (answer["code"], answer["data"]["field"]) == (2001, "step")
    assert upload(client, record())["code"] == 0
    assert upload(client, "[1]")["code"] == 2003
    assert upload(client, record(), kind="weather")["code"] == 2002


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"X-App-Key": "nobody"}, 3001),
        ({"X-Signature": "0" * 64}, 3002),
        ({"X-Nonce": "another"}, 3002),
        ({"X-Signature": ""}, 3002),
    ],
)
def test_strangers_and_altered_requests_are_refused(client: FlaskClient, change: dict[str, str], code: int) -> None:
    body = json.dumps(record())
    answer = client.post("/open/v1/records/production", data=body, headers=signed({}, body) | change)
    assert answer.get_json()["code"] == code
    altered = client.post("/open/v1/records/production", data=body + " ", headers=signed({}, body))
    assert altered.get_json()["code"] == 3002


@pytest.mark.parametrize("off", [-301, 301])
def test_a_time_stamp_beyond_five_minutes_is_refused_and_the_platforms_clock_decides(tmp_path: Path, off: int) -> None:
    stamp = str(int((time.time() + off) * 1000))
    with platform_app(tmp_path, app_keys=[KEY], admin_key="k") as client:
        assert upload(client, record(), timestamp=stamp)["code"] == 3003
        assert upload(client, record(), timestamp="yesterday")["code"] == 3003
        minutes = {"minutes_off": off / 60}
        client.patch("/admin/behaviour", json=minutes, headers={"Authorization": "Bearer k"})
        assert upload(client, record(), timestamp=stamp)["code"] == 0


def test_a_nonce_is_good_once_also_after_a_restart(tmp_path: Path) -> None:
    for code in (0, 3004):
        with platform_app(tmp_path, app_keys=[KEY]) as client:
            assert upload(client, record(), nonce="n-1")["code"] == code


def test_a_token_from_the_log_in_is_wanted_and_runs_out(tmp_path: Path) -> None:
    key = AppKey("test", "sha256", SECRET, token=True, token_seconds=60)
    with platform_app(tmp_path, app_keys=[key], admin_key="k") as client:
        assert upload(client, record())["code"] == 3005
        wrong = client.post("/open/v1/token", json={"appKey": "test", "appSecret": "guess"})
        assert wrong.get_json()["code"] == 3001
        given = client.post("/open/v1/token", json={"appKey": "test", "appSecret": SECRET}).get_json()["data"]
        body = json.dumps(record())
        for ahead, code in ((0, 0), (2, 3005)):
            client.patch("/admin/behaviour", json={"minutes_off": ahead}, headers={"Authorization": "Bearer k"})
            headers = signed({}, body) | {"X-Access-Token": given["token"]}
            answer = client.post("/open/v1/records/production", data=body, headers=headers)
            assert answer.get_json()["code"] == code


def test_a_deferred_key_learns_the_verdict_by_asking(client: FlaskClient) -> None:
    good = upload(client, record(), appKey="later")
    bad = upload(client, record("r-2", step="melted"), appKey="later")
    assert (good["code"], bad["code"]) == (0, 0)
    assert ask(client, f"/results/{good['data']['receipt']}")["data"]["state"] == "accepted"
    verdict = ask(client, f"/results/{bad['data']['receipt']}")["data"]
    assert (verdict["state"], verdict["field"]) == ("refused", "step")
    assert ask(client, "/results/none")["code"] == 6001


def test_a_result_may_be_not_yet_decided(tmp_path: Path) -> None:
    with platform_app(tmp_path, [Fault("poll", "processing")], app_keys=[KEY]) as client:
        receipt = upload(client, record())["data"]["receipt"]
        assert [ask(client, f"/results/{receipt}")["data"]["state"] for _ in range(2)] == ["processing", "accepted"]


def sm3_digest(data: bytes) -> bytes:
    return bytes.fromhex(sm3.sm3_hash(func.bytes_to_list(data)))


def sm3_hmac(key: bytes, data: bytes) -> bytes:
    padded = key.ljust(64, b"\0")
    inner = sm3_digest(bytes(byte ^ 0x36 for byte in padded) + data)
    return sm3_digest(bytes(byte ^ 0x5C for byte in padded) + inner)


PRIVATE = "3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8"
PUBLIC = (
    "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
    "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
)  # the key pair of GB/T 32918.5, annex A; x begins with the digits that gmssl's own constructor would lose


def sm2_signature(text: bytes) -> str:
    signer = sm2.CryptSM2(private_key=PRIVATE, public_key="")
    signer.public_key = PUBLIC
    signature: str = signer.sign_with_sm3(text)
    return signature


SIGNERS = [
    (
        AppKey("test", "md5", SECRET, encoding="HEX"),
        lambda text: hashlib.md5(text + SECRET.encode()).hexdigest().upper(),  # noqa: S324
    ),
    (
        AppKey("test", "md5", SECRET, pair="", between="", secret_at="both", timestamp="text"),
        lambda text: hashlib.md5(SECRET.encode() + text + SECRET.encode()).hexdigest(),  # noqa: S324
    ),
    (AppKey("test", "sha256", SECRET, secret_at="prefix", place="query"),
     lambda text: hashlib.sha256(SECRET.encode() + text).hexdigest()),
    (AppKey("test", "sm3", SECRET, timestamp="s"), lambda text: sm3_digest(text + SECRET.encode()).hex()),
    (AppKey("test", "hmac-sha256", SECRET, place="body"),
     lambda text: hmac.digest(SECRET.encode(), text, "sha256").hex()),
    (AppKey("test", "hmac-sm3", SECRET, encoding="base64"),
     lambda text: base64.b64encode(sm3_hmac(SECRET.encode(), text)).decode()),
    (AppKey("test", "sm2", public_key="04" + PUBLIC), sm2_signature),
]  # fmt: skip


@pytest.mark.parametrize(("key", "sign"), SIGNERS, ids=[f"{key.algorithm}-{key.place}" for key, _ in SIGNERS])
def test_each_way_of_signing_is_judged(tmp_path: Path, key: AppKey, sign: Any) -> None:
    now = time.time()
    stamp = {
        "ms": str(int(now * 1000)), "s": str(int(now)),
        "text": time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(now + 8 * 3600)),
    }[key.timestamp]  # fmt: skip
    record_text = json.dumps(record(remark="浇筑&完成=1"), ensure_ascii=False)
    with platform_app(tmp_path, app_keys=[key]) as client:
        for tampered, code in ((False, 0), (True, 3002)):
            own = {"appKey": "test", "timestamp": stamp, "nonce": uuid.uuid4().hex}
            values = own | {"data" if key.place == "body" else "body": record_text}
            text = key.between.join(f"{name}{key.pair}{values[name]}" for name in sorted(values))
            own["sign"] = sign((text + "!" * tampered).encode())
            names = {"appKey": "X-App-Key", "timestamp": "X-Timestamp", "nonce": "X-Nonce", "sign": "X-Signature"}
            body = json.dumps(own | {"data": record_text}) if key.place == "body" else record_text
            answer = client.post(
                "/open/v1/records/production",
                data=body.encode(),
                query_string=own if key.place == "query" else None,
                headers={names[name]: own[name] for name in own} if key.place == "header" else None,
            )
            assert answer.get_json()["code"] == code


def test_faults_answer_with_codes(tmp_path: Path) -> None:
    busy = Fault("signed", "error-code", code=4001)
    with platform_app(tmp_path, [busy, Fault("signed", 429, retry_after="3")], app_keys=[KEY]) as client:
        assert upload(client, record())["code"] == 4001
        body = json.dumps(record())
        answer = client.post("/open/v1/records/production", data=body, headers=signed({}, body))
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "3")
        assert upload(client, record())["code"] == 0
        received = client.get("/api/receptions").get_json()["receptions"]
        assert [entry["outcome"] for entry in received] == ["turned-away", "turned-away", "stored"]
        assert {(entry["event_id"], entry["digest"]) for entry in received} == {
            ("r-1", hashlib.sha256(body.encode()).hexdigest())
        }


def test_new_keys_are_made_once_and_wrong_files_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "data" / "app-keys.yaml"
    made = trial_keys(file)
    assert {key.algorithm for key in made.values()} >= {"md5", "sha256", "hmac-sha256", "hmac-sm3"}
    assert file.stat().st_mode & 0o077 == 0
    assert trial_keys(file) == made
    assert len({key.secret for key in made.values()}) == len(made)
    for wrong in (
        "{}",
        "- {app_key: a}",
        "- {app_key: a, algorithm: rot13, secret: b}",
        "- {app_key: a, algorithm: sm2}",
        "- {app_key: a, algorithm: md5}",
        "- {app_key: a, algorithm: md5, secret: b, token: 7}",
    ):
        file.write_text(wrong)
        with pytest.raises(AppKeyFileError):
            read_app_keys(file)

"""The platform as an app without a socket, and a sender's side of its signatures that shares no code with it."""

from __future__ import annotations

import hashlib
import json
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

from mes.traceability.sandbox import AppKey, Fault, close_sandbox, create_sandbox

SECRET = "a-secret-of-a-test"
KEY = AppKey("test", "sha256", SECRET)


@contextmanager
def platform_app(data: Path, faults: Sequence[Fault] = (), **settings: Any) -> Iterator[FlaskClient]:
    """A client of a platform that ends with the block."""
    app = create_sandbox(data, "http://city.example", faults, **settings)
    try:
        yield app.test_client()
    finally:
        close_sandbox(app)


def record(business_id: str = "r-1", **change: Any) -> dict[str, Any]:
    """A right record of a casting; a change to None leaves the field out."""
    right = {
        "id": business_id, "eventTime": "2026-11-02 09:30:00", "componentCode": "WQ-5F-12", "step": "cast",
        "concreteBatch": "B261102-4",
    }  # fmt: skip
    return {name: value for name, value in (right | change).items() if value is not None}


def signed(values: dict[str, str], body: str = "") -> dict[str, str]:
    """Headers with a signature by SHA-256 and the secret at the end, as the contract says."""
    own = {"appKey": "test", "timestamp": str(int(time.time() * 1000)), "nonce": uuid.uuid4().hex} | values
    everything = own | ({"body": body} if body else {})
    text = "&".join(f"{name}={everything[name]}" for name in sorted(everything))
    signature = hashlib.sha256((text + SECRET).encode()).hexdigest()
    return {
        "X-App-Key": own["appKey"], "X-Timestamp": own["timestamp"], "X-Nonce": own["nonce"], "X-Signature": signature,
    }  # fmt: skip


def upload(client: FlaskClient, content: Any, kind: str = "production", **values: str) -> dict[str, Any]:
    """The answer to a signed upload, which is HTTP 200 whatever it says."""
    body = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
    answer = client.post(f"/open/v1/records/{kind}", data=body.encode(), headers=signed(values, body))
    assert answer.status_code == 200
    told: dict[str, Any] = answer.get_json()
    assert set(told) == {"code", "message", "data"}
    return told


def ask(client: FlaskClient, path: str, **arguments: str) -> dict[str, Any]:
    """The answer to a signed question; its arguments are signed too."""
    headers = signed(arguments)
    told: dict[str, Any] = client.get(f"/open/v1{path}", query_string=arguments, headers=headers).get_json()
    return told

"""A running city platform on a real socket."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from mes.traceability.capture_client import CaptureClient, Credentials
from mes.traceability.platforms import Accepted, CaptureJob, Submission
from mes.traceability.sandbox import Fault, Limits, close_sandbox, create_sandbox, make_platform_server


@dataclass
class City:
    """A running platform as tests see it: only its address."""

    url: str

    def client(self, credentials: Credentials | None = None, read_timeout_seconds: float = 10) -> CaptureClient:
        """A client of this platform."""
        return CaptureClient(self.url, credentials, read_timeout_seconds=read_timeout_seconds)

    def summary(self) -> dict[str, Any]:
        """The platform's counts."""
        answer: dict[str, Any] = requests.get(self.url + "/api/summary", timeout=10).json()
        return answer

    def orders(self) -> dict[str, list[tuple[str, str]]]:
        """For each identifier, the events (ID, time of declaration or nothing) in the order of their first effect."""
        lines = requests.get(self.url + "/api/orders", timeout=60).text.splitlines()
        entries = [json.loads(line) for line in lines]
        return {
            entry["identifier"]: [(event["event_id"], event["declared_at"]) for event in entry["events"]]
            for entry in entries
        }

    def receptions(self, event_id: str = "") -> list[dict[str, Any]]:
        """Everything that came in (of one event), oldest first, effective or not."""
        found: list[dict[str, Any]] = []
        after: int | None = 0
        while after is not None:
            arguments = {"after": str(after), "limit": "5000", "id": event_id}
            page = requests.get(self.url + "/api/receptions", arguments, timeout=60).json()
            found += page["receptions"]
            after = page["next"]
        return found

    def play(self, admin_key: str, *faults: dict[str, Any]) -> None:
        """Add faults while it runs."""
        headers = {"Authorization": f"Bearer {admin_key}"}
        requests.post(self.url + "/admin/faults", json=list(faults), headers=headers, timeout=10).raise_for_status()


def settled(client: CaptureClient, submission: Submission) -> Submission:
    """Poll an accepted document until its job has ended."""
    for _ in range(500):
        if not isinstance(submission.answer, Accepted):
            return submission
        assert isinstance(submission.answer.job, CaptureJob)
        time.sleep(0.02)
        submission = client.poll(submission.answer.job)
    raise AssertionError("the capture job did not end")


@contextmanager
def running(
    data: Path, faults: tuple[Fault, ...], api_keys: tuple[str, ...] = (), limits: Limits | None = None, **settings: Any
) -> Iterator[City]:
    """A platform served over a socket while the block runs; further settings as `create_sandbox` has them."""
    server = make_platform_server("127.0.0.1", 0, lambda *_: [])
    url = f"http://127.0.0.1:{server.port}"
    app = create_sandbox(data, url, faults, api_keys=api_keys, limits=limits, **settings)
    server.app = app
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield City(url)
    finally:
        server.shutdown()
        thread.join(timeout=10)
        server.server_close()
        close_sandbox(app)


StartCity = Callable[..., City]

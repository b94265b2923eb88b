"""The house's side of the way over MQTT 5: gateways' requests, answered by the same routes as over HTTP.

A request goes through the web application in this process: its token, permission, validation and use case are those of
the API, and so is the answer.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from paho.mqtt.client import Client, ConnectFlags, MQTTMessage
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from werkzeug.test import Client as WebClient

from lines.mqtt.client import connect_properties, new_client
from lines.mqtt.endpoint import BrokerAccess, BrokerEndpoint

ROOT = "precast-mes"
KINDS = ("announce", "signals", "result")
ANSWER_SECONDS = 20.0  # so long does a gateway wait
_WORKERS = 4
_MOST_WAITING = 64
_MAX_REQUEST_BYTES = 16 << 20
_CONNECT_SECONDS, _KEEP_ALIVE_SECONDS = 3.0, 10
_LONGEST_PAUSE_SECONDS = 10

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Request:
    """A gateway's request, and where its answer goes."""

    kind: str
    body: bytes
    token: str
    answer_topic: str
    correlation: bytes
    came_at: float


class MqttHouseDesk:
    """Answers gateways for as long as it runs; without a broker it tries again and again.

    Raises ``ValueError`` for an access that is not for MQTT 5, and
    :class:`lines.mqtt.endpoint.AccessFileError`.
    """

    def __init__(
        self, application: Callable[..., Any], endpoint: BrokerEndpoint, access: BrokerAccess | None = None
    ) -> None:
        access = access or BrokerAccess()
        if not access.is_version_5:
            raise ValueError("the way to the house needs MQTT 5")
        self._application = application
        self._endpoint = endpoint
        self._connect_properties = connect_properties(access, _MAX_REQUEST_BYTES)
        self._client = new_client(endpoint, access, timeout_seconds=_CONNECT_SECONDS, reconnects=True)
        self._pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="mqtt-house")
        self._waiting = 0
        self._count = threading.Lock()
        self._trouble: str | None = None

    def start(self) -> None:
        """Connect, and answer from now on."""
        client = self._client
        client.reconnect_delay_set(1, _LONGEST_PAUSE_SECONDS)
        client.on_connect = self._on_connect
        client.on_connect_fail = lambda *_: self._complain(f"no connection to the broker {self._endpoint}")
        client.on_disconnect = lambda *_: self._complain(f"the connection to the broker {self._endpoint} is lost")
        client.on_message = self._on_message
        client.connect_async(
            self._endpoint.host,
            self._endpoint.port,
            _KEEP_ALIVE_SECONDS,
            clean_start=True,
            properties=self._connect_properties,
        )
        client.loop_start()

    def stop(self) -> None:
        """Answer what is being worked on, and leave."""
        client = self._client
        for kind in KINDS:
            client.unsubscribe(f"{ROOT}/+/{kind}")
        self._pool.shutdown(cancel_futures=True)
        client.on_disconnect = client.on_connect_fail = None
        client.disconnect()
        client.loop_stop()

    def answer(self, request: Request) -> tuple[int, bytes]:
        """What the API answers to a request: status and body."""
        path = _path(request)
        if path is None:
            return 422, json.dumps({"detail": "machine_command_id is missing"}).encode()
        headers = {"Authorization": f"Bearer {request.token}", "Accept-Language": "en"}
        web = WebClient(self._application)
        with web.post(path, data=request.body, content_type="application/json", headers=headers) as response:
            return response.status_code, response.get_data()

    def _on_connect(
        self, client: Client, userdata: object, flags: ConnectFlags, reason: ReasonCode, properties: Properties | None
    ) -> None:
        if reason.is_failure:
            self._complain(f"the broker {self._endpoint} refuses: {reason}")
            return
        client.subscribe([(f"{ROOT}/+/{kind}", 1) for kind in KINDS])
        if self._trouble is not None:
            log.warning("connected to the broker %s again", self._endpoint)
        self._trouble = None

    def _complain(self, trouble: str) -> None:
        """Say once what is wrong with the broker."""
        if self._trouble != trouble:
            log.warning("%s; it is tried again", trouble)
        self._trouble = trouble

    def _on_message(self, client: Client, userdata: object, message: MQTTMessage) -> None:
        """Take a request; whatever is wrong with one, the next is heard."""
        try:
            self._take(message)
        except Exception:
            log.exception("a message on %s was not taken by a fault of the house", message.topic)

    def _take(self, message: MQTTMessage) -> None:
        request = _request(message)
        if request is None:
            log.warning("a message on %s is no request: it has no place for an answer", message.topic)
            return
        with self._count:
            is_taken = self._waiting < _MOST_WAITING
            self._waiting += is_taken
        if is_taken:
            self._pool.submit(self._serve, request)
        else:
            self._reply(request, 503, json.dumps({"detail": "too many requests wait"}).encode())

    def _serve(self, request: Request) -> None:
        try:
            if time.monotonic() - request.came_at < ANSWER_SECONDS:
                self._reply(request, *self.answer(request))
        except Exception:
            log.exception("a request of %s failed by a fault of the house", request.answer_topic)
        finally:
            with self._count:
                self._waiting -= 1

    def _reply(self, request: Request, status: int, body: bytes) -> None:
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        properties.CorrelationData = request.correlation
        properties.ContentType = "application/json"
        properties.UserProperty = [("status", str(status))]
        properties.MessageExpiryInterval = int(ANSWER_SECONDS)
        self._client.publish(request.answer_topic, body, 1, properties=properties)


def _request(message: MQTTMessage) -> Request | None:
    """A message as a request; None where it asks for an answer nowhere, or elsewhere than a gateway may."""
    gateway, _, kind = message.topic.removeprefix(f"{ROOT}/").rpartition("/")
    answer_topic = f"{ROOT}/{gateway}/answer"
    properties = message.properties
    correlation = getattr(properties, "CorrelationData", None)
    if getattr(properties, "ResponseTopic", None) != answer_topic or not correlation or message.retain:
        return None
    token = dict(getattr(properties, "UserProperty", [])).get("token", "")
    token = token if token.isascii() and token.isprintable() else ""
    return Request(kind, bytes(message.payload), token, answer_topic, bytes(correlation), time.monotonic())


def _path(request: Request) -> str | None:
    """The API's route for a request, or None where the body does not name the command it is about."""
    if request.kind != "result":
        return {"announce": "/api/v1/machines/announce", "signals": "/api/v1/signals"}[request.kind]
    try:
        command = UUID(json.loads(request.body)["machine_command_id"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return f"/api/v1/machine-commands/{command}/result"

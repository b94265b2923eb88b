"""The way to the house over MQTT 5: requests with a response topic, answered by `mes mqtt-house`."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from lines.mqtt.client import connect_properties, new_client
from lines.mqtt.endpoint import AccessFileError, BrokerAccess, parse_endpoint
from mes.machines.gateway.house import (
    ANSWER_SECONDS,
    CONNECT_SECONDS,
    REFUSALS,
    HouseAway,
    HouseRefused,
    SignalsAnswer,
    answer_of,
    read_token,
    result_body,
)

ROOT = "precast-mes"
KEEP_ALIVE_SECONDS = 10
MAX_ANSWER_BYTES = 16 << 20
_NOBODY_LISTENS = 0x10

Answer = tuple[int, bytes]
"""The status, as HTTP has it, and the body."""


class MqttHouse:
    """The house behind a broker (see `HouseLink`). Every wait is bounded; after a failure the next request connects
    anew. What the house did not answer in time it may yet have done: sending it again changes nothing then.

    Raises ``ValueError`` for an address that is none, or an access that is not for MQTT 5.
    """

    def __init__(self, url: str, gateway: str, token_file: Path, access: BrokerAccess | None = None) -> None:
        self.url = url
        self.token_file = token_file
        self._endpoint = parse_endpoint(url)
        self._access = access or BrokerAccess()
        if not self._access.is_version_5:
            raise ValueError("the way to the house needs MQTT 5")
        self._topic = f"{ROOT}/{quote(gateway, safe='')}"
        self._client: Client | None = None
        self._connecting = threading.Lock()
        self._subscribed: Future[None] = Future()
        self._waiting: dict[bytes, Future[Answer]] = {}
        self._sent: dict[int, Future[Answer]] = {}
        self._undelivered: dict[int, str] = {}

    def announce(self, announcement: Mapping[str, Any]) -> None:
        """Say who the gateway is and which devices it serves.

        Raises:
            HouseAway, HouseRefused
        """
        self._ask("announce", announcement)

    def send(self, signals: Mapping[str, Any]) -> SignalsAnswer:
        """Hand over readings, each with its id, and states of devices; without any it only asks for commands.

        Raises:
            HouseAway, HouseRefused
        """
        return answer_of(self._ask("signals", signals))

    def report_result(self, command_id: str, outcome: str, message: str = "") -> None:
        """Say how a command ended; saying it twice is the same as once.

        Raises:
            HouseAway, HouseRefused
        """
        self._ask("result", result_body(command_id, outcome, message))

    def close(self) -> None:
        """Let go of the connection."""
        client, self._client = self._client, None
        if client is not None:
            client.on_disconnect = None
            client.disconnect()
            client.loop_stop()
        self._fail("the connection was closed")

    def _ask(self, kind: str, body: Mapping[str, Any]) -> dict[str, Any]:
        correlation = uuid4().bytes
        properties = self._request_properties(correlation)
        client = self._connected()
        answer = self._waiting[correlation] = Future()
        payload = json.dumps(body, ensure_ascii=False).encode()
        mid: int | None = None
        try:
            info = client.publish(f"{self._topic}/{kind}", payload, 1, properties=properties)
            if info.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
                raise HouseAway(f"the connection to {self._endpoint} is lost")
            mid = info.mid
            self._sent[mid] = answer
            if mid in self._undelivered:
                raise HouseAway(self._undelivered[mid])
            return self._document(*answer.result(ANSWER_SECONDS))
        except TimeoutError as error:
            self.close()
            raise HouseAway(f"the house behind {self._endpoint} does not answer") from error
        finally:
            del self._waiting[correlation]
            if mid is not None:
                self._sent.pop(mid, None)
                self._undelivered.pop(mid, None)

    def _document(self, status: int, body: bytes) -> dict[str, Any]:
        try:
            found = json.loads(body)
        except ValueError as error:
            raise HouseAway(f"{self._endpoint} carries an answer that is not the house's") from error
        document = found if isinstance(found, dict) else {}
        if status in (200, 201):
            return document
        reason = f"{status} {document.get('detail', '')}".strip()
        if status in REFUSALS:
            raise HouseRefused(reason)
        raise HouseAway(f"the house behind {self._endpoint} answers {reason}")

    def _request_properties(self, correlation: bytes) -> Properties:
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        properties.ResponseTopic = f"{self._topic}/answer"
        properties.CorrelationData = correlation
        properties.ContentType = "application/json"
        # After that nobody waits for the answer, and the same is sent again.
        properties.MessageExpiryInterval = int(ANSWER_SECONDS)
        properties.UserProperty = [("token", read_token(self.token_file))]
        return properties

    def _connected(self) -> Client:
        """The connection, made anew where there is none."""
        with self._connecting:
            client = self._client
            if client is not None and client.is_connected() and self._subscribed.done():
                return client
            self.close()
            try:
                self._connect()
                self._subscribed.result(CONNECT_SECONDS)
            except (OSError, ValueError, AccessFileError, TimeoutError) as error:
                self.close()
                raise HouseAway(f"no connection to {self._endpoint}: {error or 'it does not answer'}") from error
            except HouseAway:
                self.close()
                raise
            if self._client is None:
                raise HouseAway(f"no connection to {self._endpoint}")
            return self._client

    def _connect(self) -> None:
        client = new_client(self._endpoint, self._access, timeout_seconds=CONNECT_SECONDS, reconnects=False)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_publish = self._on_publish
        client.on_message = self._on_message
        self._subscribed = Future()
        self._client = client
        properties = connect_properties(self._access, MAX_ANSWER_BYTES)
        client.connect(self._endpoint.host, self._endpoint.port, KEEP_ALIVE_SECONDS, properties=properties)
        client.loop_start()

    def _on_connect(
        self, client: Client, userdata: object, flags: ConnectFlags, reason: ReasonCode, properties: Properties | None
    ) -> None:
        if reason.is_failure:
            _fail(self._subscribed, f"{self._endpoint} refuses: {reason}")
        else:
            client.subscribe(f"{self._topic}/answer", 1)

    def _on_subscribe(
        self, client: Client, userdata: object, mid: int, reasons: list[ReasonCode], properties: Properties | None
    ) -> None:
        if reasons[0].is_failure:
            _fail(self._subscribed, f"{self._endpoint} refuses the topic {self._topic}/answer: {reasons[0]}")
        else:
            with suppress(InvalidStateError):
                self._subscribed.set_result(None)

    def _on_disconnect(
        self,
        client: Client,
        userdata: object,
        flags: DisconnectFlags,
        reason: ReasonCode,
        properties: Properties | None,
    ) -> None:
        self._fail(f"the connection to {self._endpoint} broke off: {reason}")

    def _on_publish(
        self, client: Client, userdata: object, mid: int, reason: ReasonCode, properties: Properties | None
    ) -> None:
        """The broker says at once when nobody listens; this may come before the request knows its number."""
        if reason.value == _NOBODY_LISTENS:
            trouble = f"nobody at {self._endpoint} answers for the house: mes mqtt-house"
        elif reason.is_failure:
            trouble = f"the broker {self._endpoint} does not take {self._topic}/…: {reason}"
        else:
            return
        self._undelivered[mid] = trouble
        answer = self._sent.get(mid)
        if answer is not None:
            _fail(answer, trouble)

    def _on_message(self, client: Client, userdata: object, message: MQTTMessage) -> None:
        properties = message.properties
        answer = self._waiting.get(bytes(getattr(properties, "CorrelationData", b"")))
        status = dict(getattr(properties, "UserProperty", [])).get("status", "")
        if answer is not None and status.isdigit():
            with suppress(InvalidStateError):
                answer.set_result((int(status), bytes(message.payload)))

    def _fail(self, reason: str) -> None:
        _fail(self._subscribed, reason)
        for answer in self._waiting.copy().values():
            _fail(answer, reason)


def _fail(future: Future[Any], reason: str) -> None:
    with suppress(InvalidStateError):
        future.set_exception(HouseAway(reason))

"""One connection to a broker: Eclipse Paho, driven by asyncio.

Every wait is bounded. A broker that went silent is noticed within twice the keep-alive. What blocks (names, TCP, TLS)
runs in a thread of this connection alone, so that a broker that takes connections and says nothing hinders no other.
"""

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from lines.mqtt.client import BoundedClient, TooLongError, connect_properties, new_client
from lines.mqtt.endpoint import AccessFileError, BrokerAccess, BrokerEndpoint

KEEP_ALIVE_SECONDS = 5
_TICK_SECONDS = 1.0
_NOBODY_LISTENS = 0x10
_PROTOCOL_ERROR = 0x82
_WRONG_VERSION = 0x84


class BrokerError(Exception):
    """The broker cannot be reached, does not let us in or no longer answers."""


class NotSentError(BrokerError):
    """A message that surely reached nobody."""


class NobodyListensError(NotSentError):
    """The broker has no subscriber for a message. Only MQTT 5 tells."""


class NotAllowedError(BrokerError):
    """The broker does not let us publish or subscribe there."""


@dataclass(frozen=True, slots=True)
class LastWill:
    """What the broker publishes in our name when the connection breaks."""

    topic: str
    payload: bytes
    qos: int = 1
    retain: bool = False


@dataclass(frozen=True, slots=True)
class Heard:
    """A message."""

    topic: str
    payload: bytes


class BrokerConnection:
    """A connection that hands every message to ``on_message``, in order, from the running loop.

    ``lost`` says why there is no connection any more, None while there is one; ``is_garbage`` that what was at the
    other end does not speak MQTT.
    """

    def __init__(
        self,
        endpoint: BrokerEndpoint,
        access: BrokerAccess,
        on_message: Callable[[Heard], None],
        *,
        will: LastWill | None = None,
        client_id: str = "",
        timeout_seconds: float = 3.0,
        keep_alive_seconds: int = KEEP_ALIVE_SECONDS,
    ) -> None:
        self.lost: str | None = "not connected"
        self.is_garbage = False
        self._endpoint = endpoint
        self._access = access
        self._on_message = on_message
        self._will = will
        self._client_id = client_id
        self._timeout_seconds = timeout_seconds
        self._keep_alive_seconds = keep_alive_seconds
        self._client: Client | None = None
        self._abandoned = threading.Event()
        self._reader: int | None = None
        self._is_paused = False
        self._tick: asyncio.TimerHandle | None = None
        self._connected: asyncio.Future[ReasonCode] | None = None
        self._waiting: dict[int, asyncio.Future[list[ReasonCode]]] = {}

    async def connect(self) -> None:
        """Connect anew. Raises :class:`BrokerError`, within four times ``timeout_seconds`` at most."""
        self.close()
        self.is_garbage = False
        client = self._client = self._new_client()
        try:
            async with asyncio.timeout(3 * self._timeout_seconds):
                await self._open_socket(client)
            self._watch(client)
            self._connected = asyncio.get_running_loop().create_future()
            async with asyncio.timeout(self._timeout_seconds):
                reason = await self._connected
            if reason.is_failure:
                raise BrokerError(f"the broker {self._endpoint} refuses: {reason}{self._advice(reason)}")
        except BaseException as error:
            self.close()
            if isinstance(error, TimeoutError):
                raise BrokerError(f"the broker {self._endpoint} does not answer") from error
            raise
        finally:
            self._connected = None
        if self.lost is not None:
            raise BrokerError(self.lost)

    def close(self, *, abruptly: bool = False) -> None:
        """Say goodbye if there is a connection; safe at any time. ``abruptly``: the broker publishes the will."""
        client, self._client = self._client, None
        self._abandoned.set()
        if client is not None:
            client.on_disconnect = None
            if client.is_connected() and not abruptly:
                client.disconnect()
                self._guarded(client.loop_write)  # closes the socket once the goodbye is written
            self._unwatch(client)
            _close_socket(client)
        self._end("the connection was closed")

    async def subscribe(self, topics: Sequence[str], qos: int = 1) -> None:
        """Ask for topics. Raises :class:`NotAllowedError` or :class:`BrokerError`."""
        client = self._connected_client()
        result, mid = client.subscribe([(topic, qos) for topic in topics])
        if result != MQTTErrorCode.MQTT_ERR_SUCCESS or mid is None:
            raise BrokerError(f"the connection to {self._endpoint} is lost")
        reasons = await self._answer(mid)
        for topic, reason in zip(topics, reasons, strict=False):
            if reason.is_failure:
                raise NotAllowedError(f"the broker {self._endpoint} refuses the topic {topic}: {reason}")

    async def publish(self, topic: str, payload: bytes, qos: int = 1, *, retain: bool = False) -> None:
        """Publish; when this returns, the broker has it (qos 1) or it was sent (qos 0).

        Raises :class:`NotSentError`, :class:`NotAllowedError`, or :class:`BrokerError` where the outcome is not known.
        """
        client = self._connected_client()
        info = client.publish(topic, payload, qos, retain)
        if info.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
            raise NotSentError(f"the connection to {self._endpoint} is lost")
        (reason,) = await self._answer(info.mid)
        if reason.value == _NOBODY_LISTENS:
            raise NobodyListensError(f"nobody listens to {topic}")
        if reason.is_failure:
            raise NotAllowedError(f"the broker {self._endpoint} does not take {topic}: {reason}")

    def pause(self) -> None:
        """Take nothing more from the broker, which then waits, until :meth:`resume`."""
        if self._reader is not None and not self._is_paused:
            asyncio.get_running_loop().remove_reader(self._reader)
            self._is_paused = True

    def resume(self) -> None:
        """Go on after :meth:`pause`."""
        if self._is_paused and self._client is not None and self._reader is not None:
            self._is_paused = False
            asyncio.get_running_loop().add_reader(self._reader, self._read, self._client)

    def _new_client(self) -> Client:
        try:
            client = new_client(
                self._endpoint,
                self._access,
                self._client_id,
                timeout_seconds=self._timeout_seconds,
                reconnects=False,
                kind=BoundedClient,
            )
        except AccessFileError as error:
            raise BrokerError(str(error)) from error
        if self._will is not None:
            client.will_set(self._will.topic, self._will.payload, self._will.qos, self._will.retain)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_paho_message
        client.on_publish = self._on_publish
        client.on_subscribe = self._on_subscribe
        return client

    async def _open_socket(self, client: Client) -> None:
        abandoned = self._abandoned = threading.Event()

        def open_socket() -> None:
            client.connect(
                self._endpoint.host,
                self._endpoint.port,
                self._keep_alive_seconds,
                properties=connect_properties(self._access),
            )
            if abandoned.is_set():
                _close_socket(client)

        pool = ThreadPoolExecutor(1, thread_name_prefix=f"connecting to {self._endpoint}")
        opening = pool.submit(open_socket)
        pool.shutdown(wait=False)
        try:
            await asyncio.wrap_future(opening)
        except (OSError, ValueError) as error:
            raise BrokerError(f"no connection to {self._endpoint}: {error}") from error

    def _advice(self, reason: ReasonCode) -> str:
        is_old = self._access.is_version_5 and reason.value == _WRONG_VERSION
        return ' (access: {version: "3.1.1"} may help)' if is_old else ""

    def _watch(self, client: Client) -> None:
        """Let the running loop read and write."""
        loop = asyncio.get_running_loop()
        socket = client.socket()
        if socket is None:
            raise BrokerError(f"the broker {self._endpoint} hung up")
        self._reader = socket.fileno()
        self._is_paused = False
        loop.add_reader(self._reader, self._read, client)
        client.on_socket_close = lambda *_: self._unwatch(client)
        client.on_socket_register_write = self._on_register_write
        client.on_socket_unregister_write = self._on_unregister_write
        if client.want_write():
            loop.add_writer(self._reader, self._write, client)
        self._tick = loop.call_later(_TICK_SECONDS, self._look_after, client)

    def _unwatch(self, client: Client) -> None:
        client.on_socket_register_write = client.on_socket_unregister_write = client.on_socket_close = None
        if self._reader is not None:
            loop = asyncio.get_running_loop()
            loop.remove_reader(self._reader)
            loop.remove_writer(self._reader)
            self._reader = None
        if self._tick is not None:
            self._tick.cancel()
            self._tick = None

    def _look_after(self, client: Client) -> None:
        """Send a ping when it is time; give up a broker that did not answer the last one."""
        self._tick = asyncio.get_running_loop().call_later(_TICK_SECONDS, self._look_after, client)
        if not self._is_paused:
            self._guarded(client.loop_misc)

    def _read(self, client: Client) -> None:
        self._guarded(client.loop_read)
        # What TLS has decrypted already makes no socket readable any more.
        while not self._is_paused and (pending := getattr(client.socket(), "pending", None)) and pending():
            self._guarded(client.loop_read)

    def _write(self, client: Client) -> None:
        self._guarded(client.loop_write)

    def _guarded(self, step: Callable[[], object]) -> None:
        """Nothing that a peer sends may leave this module as anything but a lost connection."""
        try:
            step()
        except Exception as error:  # noqa: BLE001 - Paho raises whatever its parsing meets
            self.is_garbage = not isinstance(error, OSError | TooLongError)
            what = "does not speak MQTT" if self.is_garbage else "broke off"
            self._end(f"the connection to {self._endpoint} {what}: {error}")
            client = self._client
            if client is not None:
                self._unwatch(client)
                _close_socket(client)

    def _on_connect(
        self, client: Client, userdata: object, flags: ConnectFlags, reason: ReasonCode, properties: Properties | None
    ) -> None:
        if self._connected is not None and not self._connected.done():
            self.lost = str(reason) if reason.is_failure else None
            self._connected.set_result(reason)

    def _on_disconnect(
        self,
        client: Client,
        userdata: object,
        flags: DisconnectFlags,
        reason: ReasonCode,
        properties: Properties | None,
    ) -> None:
        is_refused = self._connected is not None and self._connected.done()
        is_ours = not flags.is_disconnect_packet_from_server and not is_refused
        self.is_garbage = reason.value == _PROTOCOL_ERROR and is_ours
        what = "does not speak MQTT" if self.is_garbage else f"broke off: {reason}"
        self._end(f"the connection to {self._endpoint} {what}")

    def _on_register_write(self, client: Client, userdata: object, socket: Any) -> None:
        asyncio.get_running_loop().add_writer(socket.fileno(), self._write, client)

    def _on_unregister_write(self, client: Client, userdata: object, socket: Any) -> None:
        asyncio.get_running_loop().remove_writer(socket.fileno())

    def _on_paho_message(self, client: Client, userdata: object, message: MQTTMessage) -> None:
        self._on_message(Heard(message.topic, bytes(message.payload)))

    def _on_publish(
        self, client: Client, userdata: object, mid: int, reason: ReasonCode, properties: Properties | None
    ) -> None:
        self._answered(mid, [reason])

    def _on_subscribe(
        self, client: Client, userdata: object, mid: int, reasons: list[ReasonCode], properties: Properties | None
    ) -> None:
        self._answered(mid, reasons)

    def _answered(self, mid: int, reasons: list[ReasonCode]) -> None:
        waiting = self._waiting.get(mid)
        if waiting is not None and not waiting.done():
            waiting.set_result(reasons)

    async def _answer(self, mid: int) -> list[ReasonCode]:
        answer: asyncio.Future[list[ReasonCode]] = asyncio.get_running_loop().create_future()
        self._waiting[mid] = answer
        try:
            async with asyncio.timeout(self._timeout_seconds):
                return await answer
        except TimeoutError as error:
            raise BrokerError(f"the broker {self._endpoint} does not answer") from error
        finally:
            del self._waiting[mid]

    def _end(self, reason: str) -> None:
        """Remember why the connection ended; whoever waits for an answer is told."""
        self.lost = self.lost or reason
        waiting: list[asyncio.Future[Any]] = [*self._waiting.values()]
        if self._connected is not None:
            waiting.append(self._connected)
        for future in waiting:
            if not future.done():
                future.set_exception(BrokerError(reason))

    def _connected_client(self) -> Client:
        if self._client is None or self.lost is not None:
            raise NotSentError(self.lost or "not connected")
        return self._client


def _close_socket(client: Client) -> None:
    socket = client.socket()
    if socket is not None:
        with suppress(OSError):
            socket.close()

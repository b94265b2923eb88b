"""The host application's own state at a broker: edge nodes that are bound to a primary host wait for it.

One connection for each broker and host id, shared by all devices that name it, apart from theirs: its end says
"offline" for all of them (Sparkplug specification 3.0.0, chapter 5.7).
"""

import asyncio
import json
import time
from contextlib import suppress

from lines.mqtt.connection import BrokerConnection, BrokerError, Heard, LastWill, NotAllowedError
from lines.mqtt.endpoint import BrokerAccess, BrokerEndpoint
from lines.sparkplug.node import NAMESPACE

_RETRY_SECONDS = 5.0
_Key = tuple[asyncio.AbstractEventLoop, BrokerEndpoint, BrokerAccess, str]
_present: dict[_Key, "HostPresence"] = {}


class HostPresence:
    """The state of a host application; obtained by :func:`be_present`."""

    def __init__(self, key: _Key) -> None:
        self.users = 0
        self._key = key
        self._topic = f"{NAMESPACE}/STATE/{key[3]}"
        self._connection: BrokerConnection | None = None
        self._is_said = False
        self._tried_at = float("-inf")
        self._lock = asyncio.Lock()

    async def ensure(self) -> None:
        """Say "online" if it is not said; failing that, again after a pause. Raises nothing."""
        async with self._lock:
            connection = self._connection
            is_connected = connection is not None and connection.lost is None
            if (self._is_said and is_connected) or time.monotonic() - self._tried_at < _RETRY_SECONDS:
                return
            self._tried_at = time.monotonic()
            try:
                await self._appear()
            except BrokerError:
                return  # The devices' own connections tell what is wrong with the broker.

    async def leave(self) -> None:
        """One user less; the last one says "offline" and closes the connection."""
        self.users -= 1
        if self.users > 0:
            return
        _present.pop(self._key, None)
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            if connection.lost is None:
                await connection.publish(self._topic, _state(False), retain=True)
        except BrokerError:
            pass  # Then the will says it.
        finally:
            connection.close()

    async def _appear(self) -> None:
        self._is_said = False
        connection = self._connection
        if connection is None or connection.lost is not None:
            _, endpoint, access, _ = self._key
            will = LastWill(self._topic, _state(False), retain=True)
            connection = self._connection = BrokerConnection(endpoint, access, self._hear, will=will)
            await connection.connect()
            with suppress(NotAllowedError):  # Then nobody tells us when somebody else contradicts.
                await connection.subscribe([self._topic])
        self._is_said = True  # What contradicts may come before the broker's receipt.
        try:
            await connection.publish(self._topic, _state(True), retain=True)
        except BaseException:
            self._is_said = False
            raise

    def _hear(self, heard: Heard) -> None:
        """Somebody else, or an old will, may say that this host is offline."""
        if b"true" not in heard.payload:
            self._is_said = False


async def be_present(endpoint: BrokerEndpoint, access: BrokerAccess, host_id: str) -> HostPresence:
    """Say at a broker that the host application is online, for as long as somebody has not left."""
    key = (asyncio.get_running_loop(), endpoint, access, host_id)
    presence = _present.setdefault(key, HostPresence(key))
    presence.users += 1
    try:
        await presence.ensure()
    except BaseException:  # Whoever was cancelled meanwhile does not leave by himself.
        await presence.leave()
        raise
    return presence


def _state(is_online: bool) -> bytes:
    return json.dumps({"online": is_online, "timestamp": int(time.time() * 1000)}).encode()

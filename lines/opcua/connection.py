"""A session with an OPC UA server, on asyncua's client.

Only asyncua's messages and its publishing are used: it neither reconnects nor watches here, as the gateway does both.
Every wait is bounded, and every error is one of :mod:`lines.adapter` or a :class:`ServiceRefusedError`.
"""

import asyncio
import logging
import struct
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext, suppress
from typing import Any

from asyncua import Client, ua
from asyncua.client.ua_client import UaClientState
from asyncua.crypto.security_policies import SecurityPolicyNone
from asyncua.observer import Observer
from asyncua.ua.uaerrors import UaError, UaStatusCodeError
from cryptography.exceptions import InvalidSignature

from lines.adapter import DeviceError, DeviceUnavailableError, GarbageError
from lines.opcua.access import Access, Security
from lines.opcua.addresses import endpoint_url
from lines.opcua.security import password, secure

_NAME = "precast-mes gateway"
_URI = "urn:precast-mes:gateway"
_CLOSE_SECONDS = 1.0
_LEAST_SESSION_SECONDS = 60.0
_RENEW_AT = 0.75  # of the life of the channel's keys (OPC UA part 4, 5.5.2)
_NO_OPC_UA = (UaError, ValueError, TypeError, AttributeError, LookupError, ArithmeticError, struct.error)

# The gateway reports each failure once and with the device's name; asyncua would repeat it at every attempt.
logging.getLogger("asyncua").setLevel(logging.CRITICAL + 1)


class ServiceRefusedError(Exception):
    """The server refused a whole request; ``code`` is the status code."""

    def __init__(self, code: int) -> None:
        super().__init__(ua.StatusCode(ua.UInt32(code)).name)
        self.code = code


class Connection:
    """A session that is open from :meth:`open` to :meth:`close`. One caller at a time.

    ``session_seconds`` is how long the server keeps it without a request, ``channel_seconds`` how long the keys of the
    channel live until they are renewed; ``count`` is called for each request sent.
    """

    def __init__(
        self,
        address: str,
        access: Access,
        *,
        answer_seconds: float,
        session_seconds: float,
        channel_seconds: float = 3600.0,
        count: Callable[[], None] = lambda: None,
    ) -> None:
        self.address = address
        self._count = count
        self._access = access
        self._answer_seconds = answer_seconds
        self._session_seconds = max(_LEAST_SESSION_SECONDS, session_seconds)
        self._channel_seconds = channel_seconds
        self._client: Client | None = None
        self._renew_at = 0.0

    @property
    def is_open(self) -> bool:
        """Whether the session is open, as far as is known."""
        return self._client is not None and self._client.state is UaClientState.CONNECTED

    async def open(self, seconds: float) -> None:
        """Open the session. Raises :class:`DeviceUnavailableError` or :class:`GarbageError`, within ``seconds``."""
        await self.close()
        client = Client(endpoint_url(self.address), timeout=seconds)
        client.name = client.description = _NAME
        client.application_uri = client.product_uri = _URI
        client.session_timeout = round(self._session_seconds * 1000)
        client.secure_channel_timeout = round(self._channel_seconds * 1000)
        client.uaclient.observer = _Counter(self._count)
        self._client = client
        try:
            async with self._answer(seconds, "no connection to"):
                await secure(client, self._access)
                await self._sign_in(client)
        except ServiceRefusedError as error:
            await self.close(is_sound=False)
            raise DeviceUnavailableError(f"{self.address} refuses the connection: {error}") from error
        except InvalidSignature as error:
            await self.close(is_sound=False)
            raise DeviceUnavailableError(f"{self.address} does not hold the key of its certificate") from error
        except BaseException:
            await self.close(is_sound=False)
            raise
        self._renew_at = asyncio.get_running_loop().time() + client.secure_channel_timeout / 1000 * _RENEW_AT

    async def close(self, *, is_sound: bool = True) -> None:
        """Close the session and the socket; one that is not sound is dropped without a word."""
        client, self._client = self._client, None
        if client is None:
            return
        try:
            if is_sound and client.state is UaClientState.CONNECTED:
                with suppress(Exception):
                    async with asyncio.timeout(_CLOSE_SECONDS):
                        await client.close_session()
                        await client.close_secure_channel()
        finally:
            _drop_socket(client)
            await _end_publishing(client)

    async def keep(self) -> None:
        """Renew the channel's keys when it is time; to be called often. Raises as :meth:`read`."""
        client, now = self._opened(), asyncio.get_running_loop().time()
        if now < self._renew_at:
            return
        async with self._answer(self._answer_seconds):
            await client.open_secure_channel(renew=True)
            client.uaclient.revolve_security_token()
        self._renew_at = now + client.secure_channel_timeout / 1000 * _RENEW_AT

    async def read(self, nodes: Sequence[ua.ReadValueId]) -> list[ua.DataValue]:
        """Read attributes in one request. Raises :class:`ServiceRefusedError`, :class:`DeviceUnavailableError` or
        :class:`GarbageError`.
        """
        parameters = ua.ReadParameters(TimestampsToReturn=ua.TimestampsToReturn.Both, NodesToRead=list(nodes))
        client = self._opened()
        async with self._answer(self._answer_seconds):
            values: list[ua.DataValue] = await client.uaclient.read(parameters)
        if len(values) != len(nodes):
            raise GarbageError(f"{self.address} answers {len(values)} values to {len(nodes)} questions")
        return values

    async def write(self, node_id: ua.NodeId, variant: ua.Variant) -> ua.StatusCode:
        """Write a node's value and nothing else: many servers refuse a time or a status with it. Raises as
        :meth:`read`.
        """
        written = ua.WriteValue(node_id, ua.AttributeIds.Value, Value=ua.DataValue(variant, StatusCode=None))
        client = self._opened()
        async with self._answer(self._answer_seconds):
            (status,) = await client.uaclient.write(ua.WriteParameters(NodesToWrite=[written]))
        return status

    async def subscribe(
        self, parameters: ua.CreateSubscriptionParameters, publish: Callable[[ua.PublishResult], None]
    ) -> ua.CreateSubscriptionResult:
        """Create a subscription, whose news are given to ``publish``. Raises as :meth:`read`."""
        client = self._opened()
        async with self._answer(self._answer_seconds):
            return await client.uaclient.session.create_subscription(parameters, publish)

    async def monitor(self, parameters: ua.CreateMonitoredItemsParameters) -> list[ua.MonitoredItemCreateResult]:
        """Add nodes to a subscription. Raises as :meth:`read`."""
        client = self._opened()
        async with self._answer(self._answer_seconds):
            return await client.uaclient.session.create_monitored_items(parameters)

    def _opened(self) -> Client:
        if self._client is None or not self.is_open:
            raise DeviceUnavailableError(f"the connection to {self.address} is closed")
        return self._client

    async def _sign_in(self, client: Client) -> None:
        await client.connect_socket()
        await client.send_hello()
        await self._open_channel(client)
        try:
            await client.create_session()
        except UaError as error:
            if type(error) is not UaError:
                raise
            # Only asyncua's own findings are plain: another certificate than before, or no such endpoint.
            raise DeviceUnavailableError(f"{self.address} is not as expected: {error}") from error
        user = self._access.user
        if user is not None and self._access.security is not Security.SIGN_AND_ENCRYPT:
            policy = client.server_policy(ua.UserTokenType.UserName)
            if policy.SecurityPolicyUri in {None, "", SecurityPolicyNone.URI}:
                raise DeviceUnavailableError(
                    f"{self.address} would have the password sent in clear; use security: {Security.SIGN_AND_ENCRYPT}"
                )
        await client.activate_session(user, password(self._access))

    async def _open_channel(self, client: Client) -> None:
        try:
            await client.open_secure_channel()
        except (UaStatusCodeError, OSError) as error:
            if self._access.security is Security.NONE:
                raise
            known = "does it trust our certificate_file"
            if self._access.server_certificate_file is not None:
                known += ", and is server_certificate_file its own"
            raise DeviceUnavailableError(f"{self.address} opens no secure channel ({error}); {known}?") from error

    @asynccontextmanager
    async def _answer(self, seconds: float, failed: str = "no answer from") -> AsyncIterator[None]:
        """Bound a request and map its errors."""
        try:
            async with asyncio.timeout(seconds):
                yield
        except DeviceError:
            raise
        except UaStatusCodeError as error:
            raise ServiceRefusedError(error.code) from error
        except TimeoutError as error:
            raise DeviceUnavailableError(f"{failed} {self.address} within {seconds:g} s") from error
        except OSError as error:
            raise DeviceUnavailableError(f"{failed} {self.address}: {error}") from error
        except _NO_OPC_UA as error:
            raise GarbageError(f"{self.address} answers what is no OPC UA: {error!r}") from error


class _Counter(Observer):
    """Counts the requests, for asyncua."""

    def __init__(self, count: Callable[[], None]) -> None:
        self._count = count

    def observe_request(self, request: Any) -> AbstractContextManager[None]:
        self._count()
        return nullcontext()


def _drop_socket(client: Client) -> None:
    """End the connection at once, also where the other side no longer reads."""
    protocol = client.uaclient.protocol
    if protocol is not None and protocol.transport is not None:
        protocol.transport.abort()
    client.disconnect_socket()


async def _end_publishing(client: Client) -> None:
    """See the task end that waits for news: asyncua cancels it, and not always, without waiting for it."""
    task = client.uaclient.session._publish_task
    if task is not None and not task.done():
        task.cancel()
        await asyncio.wait({task})

"""A connection, TCP or serial, and its order: one request at a time, and whoever asked first is first.

Units behind one serial port or converter share one link, so that their polls never collide.
"""

import asyncio
import logging
import weakref
from collections.abc import Awaitable, Callable, Hashable
from typing import Any

from pymodbus import FramerType
from pymodbus.client import AsyncModbusSerialClient, AsyncModbusTcpClient
from pymodbus.exceptions import ConnectionException, ModbusException
from pymodbus.pdu import ModbusPDU

from lines.adapter import DeviceUnavailableError, GarbageError
from lines.modbus.endpoint import Endpoint, SerialEndpoint
from lines.modbus.framing import CheckedRtuFramer, CheckedTcpFramer

try:
    from termios import error as PortSettingsError  # noqa: N812 - an exception of POSIX that is no OSError
except ImportError:  # Windows tells of refused settings by OSError and ValueError.
    PortSettingsError = OSError  # type: ignore[misc, assignment]

Client = AsyncModbusTcpClient | AsyncModbusSerialClient
_LONG_SECONDS = 3600.0
_UNANSWERED = 3

# What goes wrong is reported here, once and with the device's name; pymodbus would repeat it at every attempt.
logging.getLogger("pymodbus").setLevel(logging.CRITICAL)


class NoAnswerError(DeviceUnavailableError):
    """A request was sent, and no answer came."""


class NoFrameError(GarbageError):
    """A request was sent, and what came is no answer in Modbus."""


class Link:
    """One connection. ``join`` gives it; who needs it no longer leaves it, and the last one closes it."""

    def __init__(self, endpoint: Endpoint, connect_seconds: float) -> None:
        self.endpoint = endpoint
        self._connect_seconds = connect_seconds
        self._users: set[Hashable] = set()
        self._lock = asyncio.Lock()
        self._client: Client | None = None
        self._waiting = False
        self._garbage: str | None = None
        self._attempts = 0
        self._error: str | None = None
        self._unanswered = 0
        self._silent_until = 0.0

    @property
    def is_open(self) -> bool:
        """Whether requests can be sent."""
        return self._client is not None and self._client.connected

    async def open(self) -> None:
        """Connect, unless that is done. Raises :class:`DeviceUnavailableError`."""
        attempts = self._attempts
        async with self._lock:
            await self._open(attempts)

    async def _open(self, attempts: int) -> None:
        """Connect, unless that is done, or was tried in vain since only so many ``attempts`` had ended: of many
        units that wait only one has to find out.
        """
        if self.is_open:
            return
        if self._error and self._attempts != attempts:
            raise DeviceUnavailableError(self._error)
        self._error = await self._connect()
        self._attempts += 1
        if self._error:
            raise DeviceUnavailableError(self._error)

    async def _connect(self) -> str | None:
        """Connect; what went wrong, or None."""
        self.close()
        client = self._client = self._made()
        is_open, reason = False, ""
        try:
            async with asyncio.timeout(self._connect_seconds):
                is_open = await client.connect()
        except PortSettingsError as error:
            reason = f": it does not take its settings ({error.args[-1]})"
        except (ModbusException, TimeoutError, OSError, ValueError) as error:
            reason = f": {error}" if str(error) else ": time-out"
        finally:
            if not is_open:
                self.close()
        if not is_open:
            return f"no connection to {self.endpoint}{reason}"
        client.ctx.comm_params.timeout_connect = _LONG_SECONDS  # Answers are waited for here.
        self._unanswered = 0
        return None

    def close(self) -> None:
        """Close the connection; a request under way fails at once."""
        client, self._client = self._client, None
        if client is not None:
            self._fail_waiting(client, ConnectionException("the connection was closed"))
            client.close()

    async def ask(self, request: Callable[[Client], Awaitable[ModbusPDU]], seconds: float) -> ModbusPDU:
        """Send a request when it is its turn, and give the answer.

        Raises :class:`DeviceUnavailableError` when nothing was sent, :class:`NoAnswerError` or
        :class:`NoFrameError`.
        """
        attempts = self._attempts
        async with self._lock:
            if self.endpoint.is_shared:  # Units do not fail because their link was made anew for another one.
                await self._open(attempts)
            client = self._client
            if client is None or not client.connected:
                raise DeviceUnavailableError(f"the connection to {self.endpoint} is closed")
            await self._keep_silence()
            self._garbage = None
            self._waiting = True
            began = asyncio.get_running_loop().time()
            try:
                async with asyncio.timeout(seconds):
                    answer = await request(client)
            except (ModbusException, TimeoutError, OSError) as error:
                self._note_unanswered()
                if self._garbage:
                    raise NoFrameError(self._garbage) from error
                raise NoAnswerError(_reason(error)) from error
            except asyncio.CancelledError:
                # The answer may still come: a serial line must stay silent until it is too late for that.
                self._silent_until = began + seconds
                raise
            finally:
                self._waiting = False
            self._unanswered = 0
            if isinstance(self.endpoint, SerialEndpoint):
                self._silent_until = asyncio.get_running_loop().time() + self.endpoint.silence_seconds
            return answer

    def leave(self, user: Hashable) -> None:
        """The user needs the link no longer."""
        self._users.discard(user)
        if not self._users:
            self.close()
            _forget(self)

    def join(self, user: Hashable) -> None:
        """The user needs the link."""
        self._users.add(user)

    async def _keep_silence(self) -> None:
        if isinstance(self.endpoint, SerialEndpoint):
            pause = self._silent_until - asyncio.get_running_loop().time()
            if pause > 0:
                await asyncio.sleep(pause)

    def _note_unanswered(self) -> None:
        """A connection over which nobody answers any more is made anew."""
        self._unanswered += 1
        if self._unanswered >= max(_UNANSWERED, 2 * len(self._users)):
            self.close()

    def _made(self) -> Client:
        """A client whose framer checks what comes."""
        endpoint = self.endpoint
        client: Client
        options: dict[str, Any] = {
            "timeout": self._connect_seconds,
            "retries": 0,
            "reconnect_delay": 0,
            "trace_connect": self._connection_changed,
        }
        if isinstance(endpoint, SerialEndpoint):
            client = AsyncModbusSerialClient(
                endpoint.path,
                baudrate=endpoint.baudrate,
                parity=endpoint.parity,
                stopbits=endpoint.stopbits,
                bytesize=endpoint.bytesize,
                **options,
            )
        else:
            framer = FramerType.RTU if endpoint.is_rtu else FramerType.SOCKET
            client = AsyncModbusTcpClient(endpoint.host, port=endpoint.port, framer=framer, **options)
        decoder = client.ctx.framer.decoder
        if isinstance(endpoint, SerialEndpoint) or endpoint.is_rtu:
            client.ctx.framer = CheckedRtuFramer(decoder, self._note_garbage)
        else:
            client.ctx.framer = CheckedTcpFramer(decoder, self._tell_garbage)
        return client

    def _connection_changed(self, is_connected: bool) -> None:
        if not is_connected and self._client is not None:
            self._fail_waiting(self._client, ConnectionException("the connection was lost"))

    def _note_garbage(self, what: str) -> None:
        """On a serial line it may be noise before the answer."""
        self._garbage = what

    def _tell_garbage(self, what: str) -> None:
        self._garbage = what
        if self._client is not None:
            self._fail_waiting(self._client, ModbusException(what))

    def _fail_waiting(self, client: Client, error: Exception) -> None:
        future = client.ctx.response_future
        if self._waiting and not future.done():
            future.set_exception(error)


_shared: "weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, Link]]" = weakref.WeakKeyDictionary()


def join(endpoint: Endpoint, user: Hashable, connect_seconds: float) -> Link:
    """A link to the endpoint: one's own, or the one that is shared there.

    Raises :class:`DeviceUnavailableError` where another device uses the same port with other settings.
    """
    if not endpoint.is_shared:
        link = Link(endpoint, connect_seconds)
    else:
        links = _shared.setdefault(asyncio.get_running_loop(), {})
        link = links.setdefault(str(endpoint), Link(endpoint, connect_seconds))
        if link.endpoint != endpoint:
            raise DeviceUnavailableError(f"{endpoint} is in use by another device with other settings")
    link.join(user)
    return link


def _forget(link: Link) -> None:
    links = _shared.get(asyncio.get_running_loop(), {})
    if links.get(str(link.endpoint)) is link:
        del links[str(link.endpoint)]


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "time-out"
    return getattr(error, "string", "") or str(error) or "time-out"

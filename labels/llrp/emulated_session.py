"""One client's connection to the emulated reader: its programs, answers, reports and signs of life."""

from __future__ import annotations

import select
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from labels.llrp.codec import HEAD_BYTES, Message, Parameter, Value, decode, decode_head, encode
from labels.llrp.emulated_air import Access, Program, sightings
from labels.llrp.errors import MalformedMessageError
from labels.llrp.specs import LOCK_FIELDS
from labels.llrp.tables import messages_by_type

if TYPE_CHECKING:
    from labels.llrp.emulator import ReaderEmulator

_ROUND_SECONDS = 0.02
_SEND_SECONDS = 5.0
_OK, _BAD_MESSAGE, _UNSUPPORTED, _BAD_PARAMETER, _INVALID = 0, 100, 109, 200, 300
_ACCEPTED, _CLIENT_CONNECTED = 0, 2
_PERIODIC = 1
_MANUFACTURER, _MODEL, _FIRMWARE = 0, 1, "emulated reader"

Spec = TypeVar("Spec")
Answer = tuple[int, str, tuple[Parameter, ...]]


class Refusal(Exception):
    """A request that gets another status than success."""

    def __init__(self, code: int, description: str) -> None:
        """Keep what the client is told."""
        super().__init__(description)
        self.code, self.description = code, description


class Session:
    """A connection in a thread of its own."""

    def __init__(self, reader: ReaderEmulator, client: socket.socket) -> None:
        """Take a connection that was accepted."""
        self._reader, self._socket = reader, client
        self._socket.settimeout(_SEND_SECONDS)
        self._received = bytearray()
        self._programs: dict[int, Program] = {}
        self._accesses: dict[int, Access] = {}
        self._keepalive_seconds = 0.0
        self._next_sign = 0.0
        self._message_id = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="emulated reader's client", daemon=True)

    @property
    def is_over(self) -> bool:
        """Whether the connection has ended."""
        return self._over.is_set()

    def is_left(self) -> bool:
        """Whether the client has gone, although that may not have been noticed yet."""
        if self.is_over:
            return True
        try:
            return bool(select.select([self._socket], [], [], 0)[0]) and not self._socket.recv(1, socket.MSG_PEEK)
        except TimeoutError:
            return False  # Its own thread has just taken what there was.
        except (OSError, ValueError):
            return True  # Its own thread has just closed it.

    def start(self) -> None:
        """Greet and serve."""
        self._thread.start()

    def end(self) -> None:
        """Cut the connection, and wait for the thread."""
        self._over.set()
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(_SEND_SECONDS)

    def _run(self) -> None:
        try:
            self._send(_greeting(_ACCEPTED))
            while not self.is_over:
                self._take()
                self._look_for_tags()
                self._give_sign_of_life()
        except OSError:
            pass  # The client went away: the next may come.
        except MalformedMessageError as error:
            self._over.set()
            with suppress(OSError):
                self._send(_error_message(_BAD_MESSAGE, str(error), 0))
        finally:
            self._over.set()
            self._socket.close()

    def _take(self) -> None:
        """Answer what has come; wait no longer than a round."""
        if not select.select([self._socket], [], [], _ROUND_SECONDS)[0]:
            return
        data = self._socket.recv(65536)
        if not data:
            self._over.set()
        self._received += data
        while len(self._received) >= HEAD_BYTES and not self.is_over:
            _version, type_number, length, message_id = decode_head(bytes(self._received[:HEAD_BYTES]))
            if len(self._received) < length:
                return
            whole = bytes(self._received[:length])
            del self._received[:length]
            if type_number in messages_by_type():
                self._answer(decode(whole))
            else:
                self._send(_error_message(_UNSUPPORTED, f"message type {type_number}", message_id))

    def _answer(self, request: Message) -> None:
        self._reader.requests.append(request.name)
        if self._reader.is_struck("cut", request.name):
            self._over.set()
            return
        if request.name in ("KEEPALIVE_ACK", "ENABLE_EVENTS_AND_REPORTS", "CUSTOM_MESSAGE"):
            return
        if self._reader.is_struck("no-answer", request.name):
            return
        handler = self._handlers().get(request.name)
        if handler is None:
            self._send(_error_message(_UNSUPPORTED, request.name, request.message_id))
            return
        if request.name == "CLOSE_CONNECTION":
            self._over.set()  # before the answer, for with it the client may connect anew
        code, description, more = self._outcome(handler, request)
        answer = Message(f"{request.name}_RESPONSE", {}, (_status(code, description), *more), request.message_id)
        self._send(answer)

    def _outcome(self, handler: Callable[[Message], tuple[Parameter, ...]], request: Message) -> Answer:
        fault = self._reader.is_struck("status", request.name)
        if fault:
            return fault.code, fault.description, ()
        try:
            return _OK, "", handler(request)
        except Refusal as refusal:
            return refusal.code, refusal.description, ()
        except MalformedMessageError as error:
            return _BAD_PARAMETER, str(error), ()

    def _handlers(self) -> dict[str, Callable[[Message], tuple[Parameter, ...]]]:
        return {
            "GET_READER_CAPABILITIES": self._capabilities,
            "SET_READER_CONFIG": self._configure,
            "CLOSE_CONNECTION": lambda _: (),
            "ADD_ROSPEC": self._add_program,
            "DELETE_ROSPEC": self._delete_programs,
            "ENABLE_ROSPEC": lambda request: self._turn(request, Program.enable),
            "DISABLE_ROSPEC": lambda request: self._turn(request, Program.disable),
            "START_ROSPEC": lambda request: self._turn(request, Program.start),
            "STOP_ROSPEC": lambda request: self._turn(request, Program.stop),
            "ADD_ACCESSSPEC": self._add_access,
            "DELETE_ACCESSSPEC": self._delete_accesses,
            "ENABLE_ACCESSSPEC": lambda request: self._switch(request, True),
            "DISABLE_ACCESSSPEC": lambda request: self._switch(request, False),
        }

    def _capabilities(self, _request: Message) -> tuple[Parameter, ...]:
        general: dict[str, Value] = {
            "MaxNumberOfAntennaSupported": self._reader.antennas,
            "HasUTCClockCapability": 1,
            "DeviceManufacturerName": _MANUFACTURER,
            "ModelName": _MODEL,
            "ReaderFirmwareVersion": _FIRMWARE,
        }
        limits: dict[str, Value] = {
            "MaxNumPriorityLevelsSupported": 1,
            "MaxNumROSpecs": 1,
            "MaxNumSpecsPerROSpec": 1,
            "MaxNumInventoryParameterSpecsPerAISpec": 1,
            "MaxNumAccessSpecs": 16,
            "MaxNumOpSpecsPerAccessSpec": self._reader.operations_at_once,
        }
        table = Parameter("ReceiveSensitivityTableEntry", {"Index": 1, "ReceiveSensitivityValue": 0})
        ports = Parameter("GPIOCapabilities", {"NumGPIs": 0, "NumGPOs": 0})
        protocols = (
            Parameter("PerAntennaAirProtocol", {"AntennaID": number, "ProtocolID": b"\x01"})
            for number in range(1, self._reader.antennas + 1)
        )
        gen2 = Parameter("C1G2LLRPCapabilities", {"MaxNumSelectFiltersPerQuery": 1})
        return (
            Parameter("GeneralDeviceCapabilities", general, (table, ports, *protocols)),
            Parameter("LLRPCapabilities", limits),
            gen2,
        )

    def _configure(self, request: Message) -> tuple[Parameter, ...]:
        if request.number("ResetToFactoryDefault"):
            self._keepalive_seconds = 0.0
        sign = request.first("KeepaliveSpec")
        if sign is not None:
            is_periodic = sign.number("KeepaliveTriggerType") == _PERIODIC
            self._keepalive_seconds = sign.number("PeriodicTriggerValue") / 1000 if is_periodic else 0.0
            self._next_sign = time.monotonic() + self._keepalive_seconds
        return ()

    def _add_program(self, request: Message) -> tuple[Parameter, ...]:
        spec = request.the("ROSpec")
        number = spec.number("ROSpecID")
        if not number or number in self._programs:
            raise Refusal(_INVALID, f"ROSpecID {number} is 0 or in use")
        if spec.the("ROBoundarySpec").the("ROSpecStartTrigger").number("ROSpecStartTriggerType") > 1:
            raise Refusal(_INVALID, "only the start triggers Null and Immediate are known")
        spec.the("ROBoundarySpec").the("ROSpecStopTrigger")
        wrong = [a for a in spec.the("AISpec").words("AntennaIDs") if a > self._reader.antennas]
        if wrong:
            raise Refusal(_INVALID, f"there is no antenna {wrong[0]}")
        self._programs[number] = Program(spec)
        return ()

    def _add_access(self, request: Message) -> tuple[Parameter, ...]:
        spec = request.the("AccessSpec")
        number, command = spec.number("AccessSpecID"), spec.the("AccessCommand")
        if not number or number in self._accesses:
            raise Refusal(_INVALID, f"AccessSpecID {number} is 0 or in use")
        command.the("C1G2TagSpec").the("C1G2TargetTag")
        spec.the("AccessSpecStopTrigger")
        payloads = [part for lock in command.all("C1G2Lock") for part in lock.all("C1G2LockPayload")]
        if wrong := [part for part in payloads if part.number("DataField") not in LOCK_FIELDS.values()]:
            raise Refusal(_INVALID, f"there is no part {wrong[0].number('DataField')} to lock")
        operations = len(command.inside) - 1
        if not 0 < operations <= self._reader.operations_at_once:
            raise Refusal(_INVALID, f"{operations} operations, allowed are 1 to {self._reader.operations_at_once}")
        self._accesses[number] = Access(spec)
        return ()

    def _delete_programs(self, request: Message) -> tuple[Parameter, ...]:
        _delete(self._programs, request.number("ROSpecID"))
        return ()

    def _delete_accesses(self, request: Message) -> tuple[Parameter, ...]:
        _delete(self._accesses, request.number("AccessSpecID"))
        return ()

    def _turn(self, request: Message, change: Callable[[Program], None]) -> tuple[Parameter, ...]:
        number = request.number("ROSpecID")
        for program in _chosen(self._programs, number):
            if change is Program.start and not program.state:
                raise Refusal(_INVALID, f"ROSpec {number} is disabled")
            change(program)
        return ()

    def _switch(self, request: Message, is_enabled: bool) -> tuple[Parameter, ...]:
        for access in _chosen(self._accesses, request.number("AccessSpecID")):
            access.is_enabled = is_enabled
        return ()

    def _look_for_tags(self) -> None:
        for program in self._programs.values():
            if program.is_active:
                program.waiting += sightings(program, self._reader.tags(), self._accesses.values())
                self._reader.drop_leavers()
            if due := program.due():
                self._send(self._own("RO_ACCESS_REPORT", *due))

    def _give_sign_of_life(self) -> None:
        if not self._keepalive_seconds or time.monotonic() < self._next_sign or self._reader.is_struck("silence"):
            return
        self._next_sign = time.monotonic() + self._keepalive_seconds
        self._send(self._own("KEEPALIVE"))

    def _own(self, name: str, *inside: Parameter) -> Message:
        self._message_id += 1
        return Message(name, {}, inside, self._message_id)

    def _send(self, message: Message) -> None:
        self._socket.sendall(encode(message))


def refuse(client: socket.socket) -> None:
    """Tell a second client that another one is connected, and hang up."""
    with client, suppress(OSError):
        client.sendall(encode(_greeting(_CLIENT_CONNECTED)))


def _greeting(status: int) -> Message:
    now = Parameter("UTCTimestamp", {"Microseconds": time.time_ns() // 1000})
    attempt = Parameter("ConnectionAttemptEvent", {"Status": status})
    return Message("READER_EVENT_NOTIFICATION", {}, (Parameter("ReaderEventNotificationData", {}, (now, attempt)),))


def _error_message(code: int, description: str, message_id: int) -> Message:
    return Message("ERROR_MESSAGE", {}, (_status(code, description),), message_id)


def _status(code: int, description: str) -> Parameter:
    return Parameter("LLRPStatus", {"StatusCode": code, "ErrorDescription": description})


def _chosen(specs: dict[int, Spec], number: int) -> list[Spec]:
    """The spec of a number, or all for 0."""
    if number and number not in specs:
        raise Refusal(_INVALID, f"there is no spec {number}")
    return [specs[number]] if number else list(specs.values())


def _delete(specs: dict[int, Spec], number: int) -> None:
    _chosen(specs, number)
    if number:
        del specs[number]
    else:
        specs.clear()

"""Frames that are checked before pymodbus takes them apart: what is no Modbus is told, and breaks nothing."""

import struct
from collections.abc import Callable

from pymodbus.exceptions import ModbusException
from pymodbus.framer.rtu import FramerRTU
from pymodbus.framer.socket import FramerSocket
from pymodbus.pdu import DecodePDU, ModbusPDU

OnGarbage = Callable[[str], None]

_SHORTEST, _LONGEST = 2, 254  # Unit, function and data, by the length in the header.


class CheckedTcpFramer(FramerSocket):
    """Tells ``on_garbage`` of bytes that are no Modbus TCP."""

    def __init__(self, decoder: DecodePDU, on_garbage: OnGarbage) -> None:
        super().__init__(decoder)
        self._on_garbage = on_garbage

    def handleFrame(self, data: bytes, exp_devid: int, exp_tid: int) -> tuple[int, ModbusPDU | None]:  # noqa: N802
        """Take a frame off the data; where it is none, all of them."""
        if len(data) >= 6:
            protocol, length = struct.unpack_from(">HH", data, 2)
            if protocol or not _SHORTEST <= length <= _LONGEST:
                self._on_garbage(f"the device answers, but not in Modbus TCP: {data[:12].hex(' ')}")
                return len(data), None
        try:
            return super().handleFrame(data, exp_devid, exp_tid)
        except (ModbusException, ValueError, IndexError, struct.error) as error:
            self._on_garbage(f"the device's answer cannot be taken apart: {error}")
            return len(data), None


class CheckedRtuFramer(FramerRTU):
    """Tells ``on_garbage`` of bytes without a valid checksum, which may be noise before an answer."""

    def __init__(self, decoder: DecodePDU, on_garbage: OnGarbage) -> None:
        super().__init__(decoder)
        self._on_garbage = on_garbage

    def handleFrame(self, data: bytes, exp_devid: int, exp_tid: int) -> tuple[int, ModbusPDU | None]:  # noqa: N802
        """Take a frame off the data."""
        try:
            used, pdu = super().handleFrame(data, exp_devid, exp_tid)
        except (ModbusException, ValueError, IndexError, struct.error) as error:
            self._on_garbage(f"the device's answer cannot be taken apart: {error}")
            return len(data), None
        if pdu is None:
            self._on_garbage(f"{len(data)} bytes came that are no whole frame of this device: {data[:12].hex(' ')}")
        return used, pdu

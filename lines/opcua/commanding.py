"""Commands to an OPC UA server: written as the type that the node has, and read back."""

import asyncio

from asyncua import ua

from lines.adapter import (
    CommandNotVerifiedError,
    CommandRefusedError,
    CommandUnknownError,
    DeviceUnavailableError,
    GarbageError,
)
from lines.opcua.addresses import UnknownNamespaceError, parse_node
from lines.opcua.connection import Connection, ServiceRefusedError
from lines.opcua.samples import shown, shows, variant_of
from lines.profile import Command, Value
from lines.values import EncodeError

_VERIFY_ATTEMPTS = 5
_VERIFY_PAUSE_SECONDS = 0.1
_NOBODY_KNOWS = {
    # By these a server says that it passed the value on and does not know what became of it.
    *(ua.StatusCodes.BadTimeout, ua.StatusCodes.BadRequestTimeout, ua.StatusCodes.BadRequestInterrupted),
    *(ua.StatusCodes.BadCommunicationError, ua.StatusCodes.BadNoCommunication, ua.StatusCodes.BadConnectionClosed),
    *(ua.StatusCodes.BadUnexpectedError, ua.StatusCodes.BadInternalError, ua.StatusCodes.BadShutdown),
}


async def write(connection: Connection, namespaces: list[str], device: str, command: Command, value: Value) -> None:
    """Write a command (see :meth:`lines.adapter.Adapter.write`)."""
    what = f"{device}: {command.name} = {value!r}"
    try:
        node_id = parse_node(command.address).node_id(namespaces)
        variant = variant_of(command, value, await _variant_type(connection, node_id))
    except (EncodeError, UnknownNamespaceError, ServiceRefusedError) as error:
        raise CommandRefusedError(f"{what}: {error}") from error
    except GarbageError as error:
        raise DeviceUnavailableError(f"{what} was not written: {error}") from error
    await _send(connection, node_id, variant, what)
    if command.verify:
        await _verify(connection, node_id, command, variant, what)


async def _variant_type(connection: Connection, node_id: ua.NodeId) -> ua.VariantType:
    """The type of a node's value, else its declared type. Raises :class:`lines.values.EncodeError` where neither can
    be had.
    """
    attributes = (ua.AttributeIds.Value, ua.AttributeIds.DataType)
    told, declared = await connection.read([ua.ReadValueId(node_id, attribute) for attribute in attributes])
    if told.Value is not None and told.Value.VariantType is not ua.VariantType.Null:
        return ua.VariantType(told.Value.VariantType)
    data_type = declared.Value.Value if declared.Value is not None else None
    if isinstance(data_type, ua.NodeId) and data_type.NamespaceIndex == 0:
        number = data_type.Identifier
        if isinstance(number, int) and number in {kind.value for kind in ua.VariantType}:
            return ua.VariantType(number)
    status = declared.StatusCode
    if status is not None and not status.is_good():
        raise EncodeError(f"the server says {status.name}")
    raise EncodeError(f"the type of {node_id.to_string()} is unknown")


async def _send(connection: Connection, node_id: ua.NodeId, variant: ua.Variant, what: str) -> None:
    if not connection.is_open:
        raise DeviceUnavailableError(f"{what} was not written: the connection is closed")
    try:
        status = await connection.write(node_id, variant)
    except ServiceRefusedError as error:
        status = ua.StatusCode(ua.UInt32(error.code))
    except (DeviceUnavailableError, GarbageError) as error:
        await connection.close(is_sound=False)
        raise CommandUnknownError(f"{what} was sent, and then: {error}") from error
    if status.value in _NOBODY_KNOWS:
        raise CommandUnknownError(f"{what} was sent, and the server says {status.name}")
    if status.is_bad():
        raise CommandRefusedError(f"{what}: the server says {status.name}")


async def _verify(connection: Connection, node_id: ua.NodeId, command: Command, variant: ua.Variant, what: str) -> None:
    told = ua.DataValue()
    for attempt in range(_VERIFY_ATTEMPTS):
        if attempt:
            await asyncio.sleep(_VERIFY_PAUSE_SECONDS)
        try:
            (told,) = await connection.read([ua.ReadValueId(node_id, ua.AttributeIds.Value)])
        except (DeviceUnavailableError, GarbageError) as error:
            raise CommandUnknownError(f"{what} was written, and not read back: {error}") from error
        except ServiceRefusedError as error:
            raise CommandNotVerifiedError(f"{what} was written, not read back: {error}") from error
        if shows(command, variant, told):
            return
    raise CommandNotVerifiedError(f"{what} was written, but the server shows {shown(told)}")

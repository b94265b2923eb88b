"""Eclipse Paho's client for a broker and the access to it, before it is connected."""

import logging

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from lines.mqtt.endpoint import BrokerAccess, BrokerEndpoint

MAX_PACKET_BYTES = 1 << 20

# Whoever uses a client reports every error itself; Paho's own lines would neither name the device nor be said once.
_silent = logging.getLogger("lines.mqtt.paho")
_silent.setLevel(logging.CRITICAL)


class TooLongError(Exception):
    """A message came that is longer than any machine's."""


class BoundedClient(Client):
    """Raises :class:`TooLongError` at the beginning of a packet that would fill the memory: only brokers of MQTT 5 can
    be told to keep it.
    """

    def _sock_recv(self, bufsize: int) -> bytes:
        if bufsize > MAX_PACKET_BYTES:  # Paho asks for all that is missing of a packet.
            raise TooLongError(f"a message of {bufsize} bytes came, and at most {MAX_PACKET_BYTES} are taken")
        return super()._sock_recv(bufsize)


def new_client(
    endpoint: BrokerEndpoint,
    access: BrokerAccess,
    client_id: str = "",
    *,
    timeout_seconds: float,
    reconnects: bool,
    kind: type[Client] = Client,
) -> Client:
    """A client with version, password and certificates. Raises :class:`lines.mqtt.endpoint.AccessFileError`."""
    client = kind(
        CallbackAPIVersion.VERSION2,
        client_id,
        clean_session=None if access.is_version_5 else True,
        protocol=MQTTProtocolVersion.MQTTv5 if access.is_version_5 else MQTTProtocolVersion.MQTTv311,
        reconnect_on_failure=reconnects,
    )
    client.enable_logger(_silent)
    client.connect_timeout = timeout_seconds
    if access.user is not None:
        client.username_pw_set(access.user, access.password())
    if endpoint.is_tls:
        client.tls_set_context(access.tls())
    return client


def connect_properties(access: BrokerAccess, max_packet_bytes: int = MAX_PACKET_BYTES) -> Properties | None:
    """What MQTT 5 says when it connects: that no larger packets are taken."""
    if not access.is_version_5:
        return None
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.MaximumPacketSize = max_packet_bytes
    return properties

"""A reader that says what a test wants it to say, right or wrong, over a real socket."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from labels.llrp.codec import HEAD_BYTES, Message, Parameter, decode, encode

Script = Callable[[Message], bytes | None]


def status(code: int = 0, description: str = "") -> Parameter:
    return Parameter("LLRPStatus", {"StatusCode": code, "ErrorDescription": description})


def greeting(attempt: int = 0) -> bytes:
    event = Parameter("ConnectionAttemptEvent", {"Status": attempt})
    data = Parameter("ReaderEventNotificationData", {}, (Parameter("UTCTimestamp"), event))
    return encode(Message("READER_EVENT_NOTIFICATION", {}, (data,), 1))


def well(request: Message) -> bytes:
    """The answer of a reader with which all is well."""
    more = ()
    if request.name == "GET_READER_CAPABILITIES":
        general = {"MaxNumberOfAntennaSupported": 1, "ReaderFirmwareVersion": "scripted"}
        more = (Parameter("GeneralDeviceCapabilities", general),)
    return encode(Message(f"{request.name}_RESPONSE", {}, (status(), *more), request.message_id))


@contextmanager
def scripted_reader(script: Script = well, first: bytes = b"") -> Iterator[int]:
    """Serve one client: greet it, answer each request by the script (None: cut the connection); gives the port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_serve, args=(server, script, first or greeting()), daemon=True)
        thread.start()
        yield server.getsockname()[1]
    thread.join(10)


def _serve(server: socket.socket, script: Script, first: bytes) -> None:
    with suppress(OSError), server.accept()[0] as client:
        client.settimeout(10)
        client.sendall(first)
        received = b""
        while data := client.recv(65536):
            received += data
            while len(received) >= HEAD_BYTES and len(received) >= (length := int.from_bytes(received[2:6])):
                request, received = decode(received[:length]), received[length:]
                if request.name == "KEEPALIVE_ACK":
                    continue
                answer = script(request)
                if answer is None:
                    return
                client.sendall(answer)

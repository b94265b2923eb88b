"""One connection to a reader: requests and their answers, reports as they come, signs of life.

A thread of its own takes what the reader sends, so that its signs of life are answered while nobody asks anything.
Whatever goes wrong ends the connection, and every later call says why.
"""

from __future__ import annotations

import queue
import selectors
import socket
import threading
import time
from contextlib import suppress

from labels.llrp.codec import HEAD_BYTES, Message, Parameter, Value, decode, decode_head, encode
from labels.llrp.errors import (
    ConnectionLostError,
    MalformedMessageError,
    ReaderBusyError,
    ReaderError,
    ReaderStatusError,
    ReaderTimeoutError,
    UnexpectedMessageError,
    UnreachableReaderError,
)
from labels.llrp.tables import connection_attempt, status_name

_WAITING_MESSAGES = 10_000
_CLOSED = "The connection is closed"
_SILENT_AFTER_KEEPALIVES = 3


class Connection:
    """A connection that the reader has accepted."""

    def __init__(self, host: str, port: int, timeout_seconds: float) -> None:
        """Connect, and wait until the reader says that it takes us.

        Raises UnreachableReaderError, ReaderBusyError where it does not, or another ReaderError.
        """
        self._timeout = timeout_seconds
        try:
            self._socket = socket.create_connection((host, port), timeout_seconds)
        except OSError as error:
            raise UnreachableReaderError(f"No reader answers at {host}:{port}: {error}") from error
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._socket, selectors.EVENT_READ)
        self._silence: float | None = None
        self._failure: ReaderError | None = None
        self._message_id = 0
        self._asking, self._sending = threading.Lock(), threading.Lock()
        self._answers: queue.Queue[Message | None] = queue.Queue(_WAITING_MESSAGES)
        self._reports: queue.Queue[Message | None] = queue.Queue(_WAITING_MESSAGES)
        try:
            self._await_acceptance()
        except BaseException:
            self._drop()
            raise
        self._receiver = threading.Thread(target=self._receive, name=f"reader {host}:{port}", daemon=True)
        self._receiver.start()

    @property
    def is_lost(self) -> bool:
        """Whether nothing can be asked any more."""
        return self._failure is not None

    def expect_signs_of_life(self, keepalive_seconds: float) -> None:
        """From now on a reader that is silent three times as long as it should be is taken for lost."""
        self._silence = _SILENT_AFTER_KEEPALIVES * keepalive_seconds

    def ask(self, name: str, *inside: Parameter, **values: Value) -> Message:
        """Send a request, and wait for its answer with a status of success.

        Raises ReaderStatusError where the reader refuses. Any other ReaderError ends the connection.
        """
        with self._asking:
            self._require_life()
            self._message_id += 1
            self._send(Message(name, values, inside, self._message_id))
            try:
                return self._answer(name)
            except ReaderStatusError:
                raise
            except ReaderError as error:
                self._fail(error)
                raise

    def next_report(self, seconds: float) -> Message | None:
        """The next report on tags, or None if none came for so long. Raises what ended the connection."""
        try:
            report = self._reports.get(timeout=seconds) if seconds > 0 else self._reports.get_nowait()
        except queue.Empty:
            self._require_life()
            return None
        if report is None:
            self._require_life()
        return report

    def close(self) -> None:
        """Say goodbye if the reader still listens, and end."""
        if not self.is_lost:
            with suppress(ReaderError):
                self.ask("CLOSE_CONNECTION")
        self._fail(ConnectionLostError(_CLOSED))
        self._receiver.join(self._timeout)
        self._drop()

    def _await_acceptance(self) -> None:
        event = self._take_message(self._timeout)
        if event is None:
            raise ReaderTimeoutError(
                f"The reader did not greet within {self._timeout:g} s: is it one that speaks LLRP?"
            )
        if event.name != "READER_EVENT_NOTIFICATION":
            raise UnexpectedMessageError(f"The reader greeted with {event.name}")
        attempt = event.the("ReaderEventNotificationData").the("ConnectionAttemptEvent").number("Status")
        if attempt:
            raise ReaderBusyError(f"The reader refused the connection: {connection_attempt(attempt)}")

    def _answer(self, request: str) -> Message:
        try:
            answer = self._answers.get(timeout=self._timeout)
        except queue.Empty:
            raise ReaderTimeoutError(f"The reader did not answer {request} within {self._timeout:g} s") from None
        if answer is None:
            self._require_life()
            raise ConnectionLostError(_CLOSED)
        if answer.name != "ERROR_MESSAGE" and (answer.name, answer.message_id) != (
            f"{request}_RESPONSE",
            self._message_id,
        ):
            raise UnexpectedMessageError(f"The reader answered {request} with {answer.name} no. {answer.message_id}")
        status = answer.the("LLRPStatus")
        code = status.number("StatusCode")
        if code or answer.name == "ERROR_MESSAGE":
            raise ReaderStatusError(request, code, status_name(code), str(status.values["ErrorDescription"]))
        return answer

    def _send(self, message: Message) -> None:
        try:
            with self._sending:
                self._socket.sendall(encode(message))
        except OSError as error:
            lost = ConnectionLostError(f"The reader cannot be written to: {error}")
            self._fail(lost)
            raise lost from error

    def _receive(self) -> None:
        try:
            while not self.is_lost:
                self._sort(self._take_message(self._silence))
        except ReaderError as error:
            self._fail(error)
        except OSError as error:
            self._fail(ConnectionLostError(f"The connection to the reader broke: {error}"))

    def _sort(self, message: Message | None) -> None:
        """Put a message where it is waited for; answer signs of life."""
        if message is None:
            raise ConnectionLostError(f"The reader gave no sign of life for {self._silence:g} s")
        if message.name == "KEEPALIVE":
            self._send(Message("KEEPALIVE_ACK", message_id=message.message_id))
        elif message.name == "READER_EVENT_NOTIFICATION":
            event = message.first("ReaderEventNotificationData")
            if event and event.first("ConnectionCloseEvent"):
                raise ConnectionLostError("The reader ended the connection")
        elif message.name != "CUSTOM_MESSAGE":
            waiting = self._reports if message.name == "RO_ACCESS_REPORT" else self._answers
            try:
                waiting.put_nowait(message)
            except queue.Full:
                raise ConnectionLostError("The reader sends more than is taken from it") from None

    def _take_message(self, first_byte_seconds: float | None) -> Message | None:
        """The next message, or None if nothing came for so long; once begun, a message must come at once."""
        begun = self._wait_for_bytes(first_byte_seconds)
        if not begun:
            return None
        deadline = time.monotonic() + self._timeout
        head = self._take_bytes(HEAD_BYTES, deadline)
        _version, _type, length, _message_id = decode_head(head)
        return decode(head + self._take_bytes(length - HEAD_BYTES, deadline))

    def _take_bytes(self, count: int, deadline: float) -> bytes:
        taken = bytearray()
        while len(taken) < count:
            if not self._wait_for_bytes(deadline - time.monotonic()):
                raise MalformedMessageError(f"A message broke off: {len(taken)} of {count} bytes came in time")
            data = self._socket.recv(count - len(taken))
            if not data:
                raise ConnectionLostError("The reader cut the connection")
            taken += data
        return bytes(taken)

    def _wait_for_bytes(self, seconds: float | None) -> bool:
        return bool(self._selector.select(None if seconds is None else max(seconds, 0)))

    def _require_life(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _fail(self, error: ReaderError) -> None:
        """Keep the first failure, wake all who wait, and end the socket."""
        if self._failure is None:
            self._failure = error
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        for waiting in (self._answers, self._reports):
            with suppress(queue.Full):
                waiting.put_nowait(None)

    def _drop(self) -> None:
        self._selector.close()
        self._socket.close()

"""One HTTP request to a platform: looked at where it leads, over in time, and read no further than is honest.

A time-out of a socket is for each read alone; a platform that sends a byte now and then would hold its connector for
hours. So each request has a time of its own as a whole, after which its connection is cut.
"""

from __future__ import annotations

import ipaddress
import socket
import threading
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from mes.traceability.platforms.addresses import AddressRefused, AddressRules, refusal_of_address, rules_in_force

LARGEST_ANSWER_BYTES = 4 * 1024 * 1024
CHUNK_BYTES = 65536


@dataclass(frozen=True)
class Came:
    """An answer; of one that is too large, a little more than `LARGEST_ANSWER_BYTES`."""

    status: int
    headers: Mapping[str, str]
    content: bytes


class GuardedSession(requests.Session):
    """Looks at the address of every connection before a byte is sent; verifies TLS; follows nothing.

    Its requests raise `AddressRefused`. A proxy of the environment is the operator's own and is not looked at. One
    thread uses it.
    """

    def __init__(self, rules: AddressRules | None = None) -> None:
        super().__init__()
        self._lines = _Lines()
        adapter = _GuardedAdapter(rules or rules_in_force(), self._lines)
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Nowhere: even to refuse a redirect, its whole body would be read first."""

    def close(self) -> None:
        """Close the connections that are kept open."""
        super().close()
        self._lines.forget()

    def fetch(
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, Any], auth: AuthBase, seconds: Seconds
    ) -> Came:
        """Send these bytes once.

        Raises:
            AddressRefused: the address may not be called.
            requests.RequestException: no whole answer came, or not in time.
        """
        with (
            self._lines.cut_after(seconds.connect + seconds.read),
            self.request(
                method,
                url,
                data=body,
                headers=headers,
                auth=auth,
                timeout=(seconds.connect, seconds.read),
                allow_redirects=False,
                stream=True,
                verify=True,
            ) as response,
        ):
            return Came(response.status_code, response.headers, _read(response))


@dataclass(frozen=True)
class Seconds:
    """How long a request may take: to connect, and from then on to the end of the answer."""

    connect: float = 10
    read: float = 30


def _read(response: requests.Response) -> bytes:
    """The body, up to a size that no honest answer reaches."""
    content = bytearray()
    for chunk in response.iter_content(CHUNK_BYTES):
        content += chunk
        if len(content) > LARGEST_ANSWER_BYTES:
            break
    return bytes(content)


class _Lines:
    """The open connections of a session, each with a second handle on its socket, by which it can be cut."""

    def __init__(self) -> None:
        self._handles: weakref.WeakKeyDictionary[HTTPConnection, socket.socket] = weakref.WeakKeyDictionary()

    def opened(self, connection: HTTPConnection, line: socket.socket) -> None:
        """A connection has a new socket."""
        self._drop(connection)
        handle = self._handles[connection] = line.dup()
        weakref.finalize(connection, handle.close)

    def forget(self, *, closed_only: bool = False) -> None:
        """Give the second handles back."""
        for connection in list(self._handles):
            if not closed_only or connection.sock is None:
                self._drop(connection)

    @contextmanager
    def cut_after(self, seconds: float) -> Iterator[None]:
        """Cut every connection if the block takes longer.

        Raises:
            requests.exceptions.ReadTimeout: it did.
        """
        is_late = threading.Event()

        def cut() -> None:
            is_late.set()
            for handle in list(self._handles.values()):
                _shut(handle)

        timer = threading.Timer(seconds, cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        except (requests.RequestException, OSError) as error:
            if is_late.is_set():
                raise _too_late(seconds) from error
            raise
        finally:
            timer.cancel()
            self.forget(closed_only=True)
        if is_late.is_set():  # what looks like the end of an answer may be our own cut
            raise _too_late(seconds)

    def _drop(self, connection: HTTPConnection) -> None:
        handle = self._handles.pop(connection, None)
        if handle is not None:
            handle.close()


def _shut(handle: socket.socket) -> None:
    try:
        handle.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it is closed already


def _too_late(seconds: float) -> requests.exceptions.ReadTimeout:
    return requests.exceptions.ReadTimeout(f"the answer did not come to its end in {seconds:g} s")


class _GuardedAdapter(HTTPAdapter):
    """Makes connections that look where they lead."""

    def __init__(self, rules: AddressRules, lines: _Lines) -> None:
        self._rules, self._lines = rules, lines
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _guarded_pools(self._rules, self._lines)


def _guarded_pools(rules: AddressRules, lines: _Lines) -> dict[str, type[HTTPConnectionPool]]:
    def checked(connection: HTTPConnection, opened: socket.socket) -> socket.socket:
        address = ipaddress.ip_address(str(opened.getpeername()[0]).partition("%")[0])
        why = refusal_of_address(connection.host, address, rules)
        if why is not None:
            opened.close()
            raise AddressRefused(str(why))
        lines.opened(connection, opened)
        return opened

    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return checked(self, super()._new_conn())

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return checked(self, super()._new_conn())

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}

"""Free ports, and whether somebody answers."""

import socket
import urllib.error
import urllib.request
from collections.abc import Callable, Collection


def pick_port(preferred: int, *, host: str = "127.0.0.1", taken: Collection[int] = ()) -> int:
    """The preferred TCP port, or one of the next twenty, or any free one; never one of `taken`.

    The port is free now; a caller that picks several hands the earlier ones over as `taken`.
    """
    for port in range(preferred, min(preferred + 21, 65_536)):
        if port not in taken and _is_free(host, port):
            return port
    while True:
        with socket.create_server((host, 0)) as server:
            port = int(server.getsockname()[1])
        if port not in taken:
            return port


def port_answers(port: int, host: str = "127.0.0.1") -> Callable[[], bool]:
    """A readiness test for `Child.ready`: somebody accepts TCP connections there."""

    def answers() -> bool:
        try:
            with socket.create_connection((host, port), timeout=1):
                return True
        except OSError:
            return False

    return answers


def _is_free(host: str, port: int) -> bool:
    if port_answers(port, host or "127.0.0.1")():  # macOS lets one bind beside a server on all addresses
        return False
    try:
        with socket.create_server((host, port)):
            return True
    except OSError:
        return False


def answers(ready: str | Callable[[], bool] | None) -> bool:
    """One question to a `Child.ready`; an address must answer with a status below 400."""
    if ready is None:
        return True
    if callable(ready):
        return ready()
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # it is our own: never through a proxy
    try:
        with opener.open(ready, timeout=2) as answer:
            return bool(answer.status < 400)
    except (OSError, ValueError, urllib.error.HTTPError):
        return False

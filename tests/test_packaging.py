"""What is promised of the package: reasoned, locked dependencies, a free licence, no trace of a machine."""

import os
import re
import shutil
import subprocess
import tomllib
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
LOCKS = ("build", "lock", "run", "ifc", "test", "peers")
PIN = re.compile(r"^(?P<name>[a-z0-9][a-z0-9.-]*)==(?P<version>\S+)", re.MULTILINE)
# Written so that this file does not hold what it looks for.
REGISTRIES = re.compile(
    r"pyp[i]\.org|python[h]osted|registry\.npm[j]s|deb\.deb[i]an\.org|mirrors?\.[a-z]+\.(com|edu)|jsdeliv[r]|unpk[g]\.com"
)
MACHINE_PATHS = re.compile(r"/(ho[m]e|Us[e]rs)/\w+/|/ro[o]t/|/wo[r]k/|C:\\Us[e]rs")


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def direct_dependencies() -> dict[str, list[Requirement]]:
    """The requirements of pyproject.toml by the lock file that must hold them."""
    found = {"run": project()["dependencies"], **project()["optional-dependencies"]}
    return {lock: [Requirement(text) for text in texts] for lock, texts in found.items()}


def lock_text(name: str) -> str:
    return (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")


def pins(name: str) -> set[tuple[str, str]]:
    return {(pin["name"], pin["version"]) for pin in PIN.finditer(lock_text(name))}


def committed_files() -> list[Path]:
    """The files that are, or would be, committed."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    except (FileNotFoundError, subprocess.CalledProcessError):
        pytest.skip("needs git and a clone")
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_file_pins_and_hashes_every_package(name: str) -> None:
    entries = re.split(r"\n(?=\S)", re.sub(r"^\s*#.*\n", "", lock_text(name), flags=re.MULTILINE).strip())
    assert entries
    for entry in entries:
        assert PIN.match(entry), entry
        assert "--hash=sha256:" in entry, entry


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_file_holds_no_address(name: str) -> None:
    assert not re.search(r"://|--(extra-)?index-url|--find-links|@ file", lock_text(name))


@pytest.mark.parametrize("name", ["run", "ifc", "test"])
def test_a_lock_file_holds_what_pyproject_asks_for(name: str) -> None:
    locked = dict(pins(name))
    for requirement in direct_dependencies()[name]:
        version = locked.get(canonicalize_name(requirement.name))
        assert version, f"{requirement.name} is not in requirements/{name}.txt: run make lock"
        assert requirement.specifier.contains(version, prereleases=True), f"{requirement}: run make lock"


def test_what_tests_run_with_is_what_people_run_with() -> None:
    assert pins("run") <= pins("ifc") <= pins("test")


def test_the_build_requirements_are_those_of_pyproject() -> None:
    table = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["build-system"]
    lines = (ROOT / "requirements" / "build.in").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not line.startswith("#")] == table["requires"]


def test_each_dependency_has_its_reason() -> None:
    text = (ROOT / "docs" / "decisions" / "0006-dependencies.md").read_text(encoding="utf-8")
    reasons = dict(re.findall(r"^\| `([a-z0-9-]+)` \| (.{15,}) \|$", text, re.MULTILINE))
    named = {canonicalize_name(r.name) for requirements in direct_dependencies().values() for r in requirements}
    assert named - set(reasons) == set(), "these need a line with a reason"
    assert set(reasons) - named == set(), "these are no longer dependencies"


def test_what_we_ship_with_is_not_under_a_strong_copyleft_licence() -> None:
    strong = re.compile(r"(?<!Lesser )General Public License|\bA?GPL", re.IGNORECASE)
    seen = 0
    for name, _version in sorted(pins("ifc")):
        try:
            found = metadata(name)
        except PackageNotFoundError:
            continue  # for another platform, or an extra that is not installed here
        seen += 1
        licence = found.get("License-Expression") or " ".join(
            text for text in found.get_all("Classifier", []) if text.startswith("License ::")
        )
        plain = re.sub(r"Lesser General Public License( v\d\S*)?|LGPL\S*|\(LGPL\S*\)", "", licence)
        assert not strong.search(plain), f"{name}: {licence}"
    assert seen > 50


def test_the_licence_is_apache_2() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License\n                           Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text
    assert project()["license"] == "Apache-2.0"


def test_no_file_names_a_registry_or_a_folder_of_some_machine() -> None:
    faults = []
    for path in committed_files():
        text = path.read_bytes().decode("utf-8", "replace")
        for found in (REGISTRIES.search(text), MACHINE_PATHS.search(text)):
            if found:
                faults.append(f"{path.relative_to(ROOT)}: {found[0]}")
    assert not faults


def test_continuous_integration_runs_what_people_run() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert script.read_text(encoding="utf-8").splitlines()[-1] == "exec make test"


def test_the_change_log_has_the_version_of_the_project() -> None:
    assert f"## [{project()['version']}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def commands(folder: Path, names: list[str], **scripts: str) -> str:
    """A PATH that holds the named programs of this machine, and small scripts of our own."""
    folder.mkdir()
    for name in names:
        found = shutil.which(name)
        if not found:
            pytest.skip(f"needs {name}")
        (folder / name).symlink_to(found)
    for name, body in scripts.items():
        (folder / name).write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
        (folder / name).chmod(0o755)
    return str(folder)


@pytest.mark.parametrize(
    ("python3", "named"),
    [
        ({"python3": 'case "$1" in --version) echo Python 3.9.2;; *) exit 1;; esac'}, "Python 3.9.2"),
        ({}, "not installed"),
    ],
)
def test_without_a_new_python_there_is_advice(tmp_path: Path, python3: dict[str, str], named: str) -> None:
    shutil.copytree(ROOT / "requirements", tmp_path / "clone" / "requirements")
    path = commands(tmp_path / "bin", ["dirname", "cat", "cmp"], **python3)
    outcome = subprocess.run(
        ["/bin/sh", str(tmp_path / "clone" / "requirements" / "install.sh"), "run"],
        env={"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome.returncode != 0
    assert f"Python 3.11 to 3.14 is needed; python3 here is: {named}." in outcome.stderr
    assert not (tmp_path / "clone" / ".venv").exists()


def prepare_machine(path: str) -> str:
    """What tests/machine.sh says on a machine that has only the programs of `path`."""
    return subprocess.run(
        ["/bin/sh", str(ROOT / "tests" / "machine.sh")],
        env={"PATH": path},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_a_bare_machine_without_root_is_told_what_is_skipped(tmp_path: Path) -> None:
    path = commands(tmp_path / "bin", [], id="echo 1000", **{"apt-get": "exit 1"})
    said = prepare_machine(path).splitlines()
    lacking = [line.split()[1] for line in said]
    assert lacking[:4] == ["chromium", "fonts-noto-cjk", "poppler-utils", "mbpoll"]


def test_root_gets_what_is_missing_and_only_that(tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    path = commands(
        tmp_path / "bin",
        ["chmod"],
        id="echo 0",
        pdftoppm="exit 0",
        mbpoll="exit 0",
        mosquitto="exit 0",
        mosquitto_pub="exit 0",
        mosquitto_rr="exit 0",
        **{"apt-get": f'echo "$@" >>{calls}; cd {tmp_path}/bin; echo echo Noto >fc-list; : >chromium; chmod +x *'},
    )
    assert prepare_machine(path) == "Installing chromium fonts-noto-cjk ...\n"
    asked = calls.read_text(encoding="utf-8").splitlines()[-1].removesuffix(" libmodbus-dev")
    assert asked.endswith("fontconfig chromium fonts-noto-cjk")
    assert prepare_machine(path) == ""


def test_root_without_network_is_told_what_is_skipped(tmp_path: Path) -> None:
    path = commands(tmp_path / "bin", [], id="echo 0", **{"apt-get": "exit 100"})
    said = prepare_machine(path).splitlines()
    assert said[1] == "apt-get could not install all of them."
    assert said[2] == "Without chromium these are skipped: the browser tests."

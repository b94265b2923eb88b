"""`mes connector check` and `add --definition`: a city's file of the plant's own, checked before it is used."""

from __future__ import annotations

from pathlib import Path

import yaml
from click.testing import CliRunner

from mes.cli import mes

CITY = Path(__file__).parents[1] / "traceability" / "platforms" / "variants" / "meizhou.yaml"


def run(*arguments: str, data: Path) -> tuple[int, str]:
    """Exit code and everything that was said."""
    answer = CliRunner().invoke(mes, arguments, env={"MES_DATA": str(data)})
    return answer.exit_code, answer.output


def test_a_right_file_is_called_right_and_a_wrong_one_named_with_every_place(tmp_path: Path) -> None:
    code, said = run("connector", "check", str(CITY), data=tmp_path)
    assert (code, said.splitlines()[0]) == (0, "inspection: element.final_accepted")
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(CITY.read_text(encoding="utf-8").replace("element.project_name", "element.projekt_name"), "utf-8")
    code, said = run("connector", "check", str(wrong), data=tmp_path)
    assert code == 1
    assert "no event has element.projekt_name; there is element.project_name" in said
    wrong.write_text("city: [", "utf-8")
    code, said = run("connector", "check", str(wrong), data=tmp_path)
    assert code == 2
    assert "line 1" in said


def test_a_connector_is_added_with_the_plants_own_file(tmp_path: Path) -> None:
    assert run("db", "upgrade", data=tmp_path)[0] == 0
    settings = tmp_path / "settings.yaml"
    settings.write_text(yaml.safe_dump({"values": {"api_key": "plant-1"}, "secrets": {"secret": {"variable": "K"}}}))
    words = ["--kind", "signed-json", "--url", "https://city.example", "--settings", str(settings)]
    code, said = run("connector", "add", "city", *words, "--definition", str(CITY), data=tmp_path)
    assert code == 0, said
    assert "city  signed-json  running" in run("connector", "list", data=tmp_path)[1]

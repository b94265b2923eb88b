"""A plant's facts: what its names are made of is checked, and stands once something is named."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from pydantic import ValidationError

from mes.accounts.models import Plant
from mes.accounts.service import SetPlant, next_number, set_plant, the_plant
from mes.cli import mes
from mes.core.clock import SetClock
from mes.core.commands import Work, perform
from mes.core.database import Database
from mes.core.errors import Conflict, InvalidInput
from mes.identity.naming import naming_of
from tests.conftest import actor
from tests.factories import create_order

OWNER = "91350200MAAY4CL12K"


def describe(database: Database, clock: SetClock, **further: object) -> Plant:
    """Set the plant up as described, and read it."""
    facts: dict[str, object] = {
        "code": "P1",
        "name": "示范预制厂",
        "organisation_name": "示范构件有限公司",
        "credit_code": OWNER,
        "company_prefix": "0614141",
        **further,
    }
    done = perform(database, actor("admin"), clock, set_plant, SetPlant.model_validate(facts))
    with database.reading() as session:
        return session.get_one(Plant, done.id)


def test_a_plant_without_a_company_prefix_names_by_its_credit_code(database: Database, clock: SetClock) -> None:
    plant = describe(database, clock, company_prefix="")
    assert naming_of(plant).place() == {"local": f"{OWNER}/place/0-"}


@pytest.mark.parametrize("credit_code", ["", "91350200MAAY4CL12X", "91350200MAAY4CL1"])
def test_it_needs_a_true_credit_code_for_that(database: Database, clock: SetClock, credit_code: str) -> None:
    with pytest.raises(InvalidInput, match="unified social credit code"):
        describe(database, clock, company_prefix="", credit_code=credit_code)
    with database.reading() as session:
        assert session.query(Plant).count() == 0


@pytest.mark.parametrize("wrong", [{"company_prefix": "06141"}, {"company_prefix": "0" * 13}, {"site_number": 10}])
def test_a_prefix_has_6_to_12_digits_and_a_site_one(database: Database, clock: SetClock, wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        describe(database, clock, **wrong)


def test_a_prefix_of_twelve_digits_has_no_room_for_a_site(database: Database, clock: SetClock) -> None:
    with pytest.raises(InvalidInput, match="leaves no room"):
        describe(database, clock, company_prefix="061414112345", site_number=2)


def test_before_anything_is_named_everything_can_change(any_database: Database, clock: SetClock) -> None:
    describe(any_database, clock)
    plant = describe(any_database, clock, company_prefix="", site_number=4, credit_code="91350200MATH3BJ1XE")
    assert (plant.company_prefix, plant.site_number, plant.credit_code) == ("", 4, "91350200MATH3BJ1XE")
    assert describe(any_database, clock, company_prefix="069012345").company_prefix == "069012345"


@pytest.mark.parametrize("change", [{"company_prefix": ""}, {"company_prefix": "069012345"}, {"site_number": 1}])
def test_once_elements_are_named_prefix_and_site_stand(
    database: Database, clock: SetClock, change: dict[str, object]
) -> None:
    describe(database, clock)
    create_order(database, clock)
    with pytest.raises(Conflict, match="named already"):
        describe(database, clock, **change)
    plant = describe(database, clock, name="新名", credit_code="91350200MATH3BJ1XE")
    assert (plant.name, plant.company_prefix, plant.site_number) == ("新名", "0614141", 0)


def test_a_number_given_to_a_load_counts_as_a_name(database: Database, clock: SetClock) -> None:
    describe(database, clock)
    with database.writing() as session:
        next_number(Work(session, actor("planner"), clock), the_plant(session), "sscc")
    with pytest.raises(Conflict):
        describe(database, clock, site_number=1)


def test_the_credit_code_of_a_local_plant_stands_too(database: Database, clock: SetClock) -> None:
    describe(database, clock, company_prefix="")
    create_order(database, clock)
    with pytest.raises(Conflict):
        describe(database, clock, company_prefix="", credit_code="91350200MATH3BJ1XE")


def test_every_plant_of_a_house_has_a_site_of_its_own(any_database: Database, clock: SetClock) -> None:
    describe(any_database, clock)
    with pytest.raises(Conflict, match="Site number 0 is that of the plant P1"):
        describe(any_database, clock, code="P2")
    assert describe(any_database, clock, code="P2", site_number=1).site_number == 1


@pytest.fixture
def data(sqlite_template: Path, tmp_path: Path) -> Path:
    shutil.copy(sqlite_template, tmp_path / "mes.sqlite")
    return tmp_path


def plant_set(data: Path, *options: str) -> Result:
    facts = ["--name", "示范预制厂", "--organisation", "示范构件有限公司", "--credit-code", OWNER]
    return CliRunner().invoke(mes, ["--data", str(data), "plant", "set", "P1", *facts, *options])


def test_the_command_line_sets_a_plant_up_and_says_how_it_names(data: Path) -> None:
    local = plant_set(data)
    assert local.exit_code == 0
    assert f"locally, without GS1; the plant itself is https://precast-mes.org/id/{OWNER}/place/0-" in local.output
    member = plant_set(data, "--company-prefix", "0614141", "--site-number", "3")
    assert "with GS1 keys; the plant itself is https://id.gs1.org/414/0614141000036" in member.output


def test_the_command_line_says_which_option_is_wrong(data: Path) -> None:
    wrong = plant_set(data, "--company-prefix", "06141")
    assert wrong.exit_code == 2
    assert "company_prefix" in wrong.output
    assert "Traceback" not in wrong.output

"""IFC models: two made here, four of other exporters where they are at hand."""

from __future__ import annotations

import builtins
import sys
from pathlib import Path
from typing import Any

import pytest

from mes.library.atlas import Family
from mes.orders.ifc_model import (
    IfcFileError,
    IfcLibraryMissing,
    IfcProfileError,
    load_profile,
    profile_names,
    read_ifc,
)
from mes.orders.ifc_model.profile import PROFILES_FOLDER

SAMPLES = Path(__file__).parents[4] / "shared" / "data" / "ifc"

ifcopenshell = pytest.importorskip("ifcopenshell", reason="the optional IFC library is not installed")
pytest.importorskip("ifcopenshell.api")


class Model:
    """A small building in IFC4, in metres, to which precast elements are added."""

    def __init__(self) -> None:
        run = ifcopenshell.api.run
        self.file: Any = run("project.create_file", version="IFC4")
        self.project = run("root.create_entity", self.file, ifc_class="IfcProject", name="光谷一期")
        units = [run("unit.add_si_unit", self.file, unit_type=kind) for kind in ("LENGTHUNIT", "VOLUMEUNIT")]
        run("unit.assign_unit", self.file, units=units)
        context = run("context.add_context", self.file, context_type="Model")
        self.body = run(
            "context.add_context", self.file, context_type="Model", context_identifier="Body",
            target_view="MODEL_VIEW", parent=context,
        )  # fmt: skip
        self.building = self._within("IfcBuilding", "1#", self.project)
        self.storey = self._within("IfcBuildingStorey", "2F", self.building)

    def _within(self, entity: str, name: str, parent: Any) -> Any:
        made = ifcopenshell.api.run("root.create_entity", self.file, ifc_class=entity, name=name)
        ifcopenshell.api.run("aggregate.assign_object", self.file, products=[made], relating_object=parent)
        return made

    def element(
        self, entity: str, name: str, psets: dict[str, dict[str, Any]], box_m: tuple[float, float, float]
    ) -> Any:
        run = ifcopenshell.api.run
        made = run("root.create_entity", self.file, ifc_class=entity, name=name)
        run("spatial.assign_container", self.file, products=[made], relating_structure=self.storey)
        for set_name, properties in psets.items():
            pset = run("pset.add_pset", self.file, product=made, name=set_name)
            run("pset.edit_pset", self.file, pset=pset, properties=properties)
        self._give_box(made, box_m)
        return made

    def _give_box(self, element: Any, box_m: tuple[float, float, float]) -> None:
        length, width, height = box_m
        create = self.file
        profile = create.create_entity("IfcRectangleProfileDef", "AREA", None, None, length, width)
        origin = create.create_entity("IfcAxis2Placement3D", create.createIfcCartesianPoint((0.0, 0.0, 0.0)))
        up = create.createIfcDirection((0.0, 0.0, 1.0))
        solid = create.create_entity("IfcExtrudedAreaSolid", profile, origin, up, height)
        shape = create.create_entity("IfcShapeRepresentation", self.body, "Body", "SweptSolid", [solid])
        ifcopenshell.api.run("geometry.assign_representation", self.file, product=element, representation=shape)
        ifcopenshell.api.run("geometry.edit_object_placement", self.file, product=element)

    def quantities(self, element: Any, set_name: str, values: dict[str, float]) -> None:
        run = ifcopenshell.api.run
        qto = run("pset.add_qto", self.file, product=element, name=set_name)
        run("pset.edit_qto", self.file, qto=qto, properties=values)

    def saved(self, folder: Path) -> Path:
        path = folder / "model.ifc"
        self.file.write(str(path))
        return path


PRECAST = "Pset_PrecastConcreteElementGeneral"


@pytest.fixture
def model_path(tmp_path: Path) -> Path:
    model = Model()
    slab = model.element(
        "IfcSlab",
        "Plank",
        {
            PRECAST: {"PieceMark": "DHB-10", "TypeDesignator": "DBS1-67-3620-31"},
            "Pset_ConcreteElementGeneral": {"StrengthClass": "C30"},
        },
        (3.42, 1.76, 0.06),
    )
    model.quantities(slab, "Qto_SlabBaseQuantities", {"Length": 3.42, "Width": 1.76, "Depth": 0.06, "NetVolume": 0.36})
    model.element("IfcSlab", "Plank", {PRECAST: {"PieceMark": "DHB-2", "TypeDesignator": "X-2"}}, (2.0, 1.0, 0.06))
    walls = {"IfcWall out": True, "IfcWall in": False}
    for name, external in walls.items():
        model.element(
            "IfcWall",
            name,
            {PRECAST: {"PieceMark": name}, "Pset_WallCommon": {"IsExternal": external}},
            (3.0, 0.2, 2.64),
        )
    model.element("IfcSlab", "cast in place", {}, (9.0, 9.0, 0.2))
    return model.saved(tmp_path)


def test_standard_property_sets_are_read_with_the_models_units(model_path: Path) -> None:
    order = read_ifc(model_path, "precast-psets")
    plank = next(element for element in order.elements if element.mark == "DHB-10")
    assert (order.project_name, order.schema, order.profile) == ("光谷一期", "IFC4", "precast-psets")
    assert (plank.type_code, plank.family, plank.concrete_grade) == ("DBS1-67-3620-31", Family.COMPOSITE_SLAB, "C30")
    assert (plank.length_mm, plank.width_mm, plank.thickness_mm) == (3420.0, 1760.0, 60.0)
    assert (plank.storey, plank.building) == ("2F", "1#")
    # the quantity says 0.36 m3 and comes before the solid's 0.3612; 0.36 x 2500 = 900 kg
    assert (plank.volume_m3, plank.weight_kg) == (0.36, 900.0)


def test_what_has_no_quantity_is_measured_on_the_solid(model_path: Path) -> None:
    # 2.0 x 1.0 x 0.06 = 0.12 m3; x 2500 = 300 kg
    plank = next(element for element in read_ifc(model_path, "precast-psets").elements if element.mark == "DHB-2")
    assert (plank.length_mm, plank.width_mm, plank.thickness_mm) == (2000.0, 1000.0, 60.0)
    assert (plank.volume_m3, plank.weight_kg) == (0.12, 300.0)


def test_walls_are_told_apart_and_lie_on_their_long_side(model_path: Path) -> None:
    found = {element.name: element for element in read_ifc(model_path, "precast-psets").elements}
    assert found["IfcWall out"].family is Family.EXTERIOR_WALL
    inner = found["IfcWall in"]
    assert inner.family is Family.INTERIOR_WALL
    assert (inner.length_mm, inner.width_mm, inner.thickness_mm) == (3000.0, 2640.0, 200.0)


def test_elements_come_in_the_natural_order_of_their_marks_and_only_precast_ones(model_path: Path) -> None:
    order = read_ifc(model_path, "precast-psets")
    assert [element.mark for element in order.elements][:2] == ["DHB-2", "DHB-10"]
    assert "cast in place" not in {element.name for element in order.elements}
    assert order.is_sound


def test_what_an_element_lacks_is_named(tmp_path: Path) -> None:
    model = Model()
    bare = ifcopenshell.api.run("root.create_entity", model.file, ifc_class="IfcSlab", name="Breedplaat [7]")
    bare.Tag = "7"
    order = read_ifc(model.saved(tmp_path), "breedplaat")
    assert [fault.field for fault in order.faults] == [
        "length_mm",
        "width_mm",
        "thickness_mm",
        "volume_m3",
        "weight_kg",
    ]
    assert order.faults[0].global_id == bare.GlobalId
    assert not order.is_sound


def test_a_global_id_of_two_elements_is_a_fault(tmp_path: Path) -> None:
    model = Model()
    first, second = (
        model.element("IfcSlab", name, {PRECAST: {"PieceMark": name}}, (2.0, 1.0, 0.06)) for name in ("a", "b")
    )
    second.GlobalId = first.GlobalId
    order = read_ifc(model.saved(tmp_path), "precast-psets")
    assert len(order.elements) == 2
    assert [(fault.field, fault.name) for fault in order.faults] == [("global_id", "a"), ("global_id", "b")]


def test_units_of_the_profile_win(tmp_path: Path) -> None:
    model = Model()
    sizes = {"Lengte": 2540.0, "Breedte": 1290.0, "Dikte": 60.0, "Gewicht": 442.0}
    plank = model.element("IfcSlab", "Breedplaat [1]", {"Dimension": sizes}, (2.0, 1.0, 0.06))
    plank.Tag = "1"
    model.file.remove(plank.Representation)
    found = read_ifc(model.saved(tmp_path), "breedplaat").elements[0]
    assert (found.length_mm, found.width_mm, found.thickness_mm) == (2540.0, 1290.0, 60.0)
    # no solid: 442 kg / 2600 kg/m3 = 0.17 m3
    assert (found.type_code, found.volume_m3, found.weight_kg) == ("BP-1", 0.17, 442.0)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "not an IFC model"),
        (b"PK\x03\x04", "not an IFC model"),
        (b"ISO-10303-21;\nHEADER;\nFILE_SCHEMA(('IFC9X9'));\nENDSEC;\nDATA;\nENDSEC;\nEND-ISO-10303-21;", "damaged"),
    ],
)
def test_a_file_that_is_no_model(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "a.ifc"
    path.write_bytes(content)
    with pytest.raises(IfcFileError, match=says):
        read_ifc(path, "breedplaat")


def test_a_model_the_profile_does_not_know(model_path: Path, tmp_path: Path) -> None:
    with pytest.raises(IfcFileError, match="holds nothing that the profile tekla-stairs knows"):
        read_ifc(model_path, "tekla-stairs")
    with pytest.raises(IfcFileError, match="larger than 10 bytes"):
        read_ifc(model_path, "breedplaat", max_bytes=10)
    with pytest.raises(IfcFileError, match="cannot be read"):
        read_ifc(tmp_path / "missing.ifc", "breedplaat")


def test_without_the_library_the_error_tells_how_to_install_it(
    model_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real_import = builtins.__import__

    def refuse(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.startswith("ifcopenshell"):
            raise ImportError(name)
        return real_import(name, *args, **kwargs)

    monkeypatch.delitem(sys.modules, "ifcopenshell")
    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(IfcLibraryMissing, match=r"pip install 'precast-mes\[ifc\]'"):
        read_ifc(model_path, "breedplaat")


def test_every_profile_that_is_shipped_loads() -> None:
    assert set(profile_names()) >= {"breedplaat", "precast-psets", "tekla-stairs"}
    for name in profile_names():
        assert load_profile(name).name == name


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("unit: kg", "unit: stone", "elements.0.fields.weight_kg.0.unit"),
        ("{ property: Dimension.Gewicht, unit: kg }", "{ property: Dimension.Gewicht, unit: mm }", "weight_kg[0].unit"),
        ("property: Dimension.Lengte", "property: Lengte", "elements.0.fields.length_mm.0.property"),
        ("{ attribute: Tag }", "{ attribute: Tag, storey: Name }", "elements.0.fields.mark.0"),
        ("{ geometry: volume }", "{ geometry: colour }", "elements.0.fields.volume_m3.0.geometry"),
        (r"name_matches: 'Breedplaat \[\d+\]'", "name_matches: '['", "elements.0.name_matches"),
        ("family: composite_slab", "family: roof", "elements.0.family"),
        ("      length_mm:", "      lenght_mm:", "elements.0.fields.l"),
        ("title:", "title: [", "not YAML"),
    ],
)
def test_a_slip_in_a_profile_is_named_with_its_place(tmp_path: Path, old: str, new: str, says: str) -> None:
    text = (PROFILES_FOLDER / "breedplaat.yaml").read_text("utf-8")
    assert old in text
    (tmp_path / "own.yaml").write_text(text.replace(old, new), "utf-8")
    with pytest.raises(IfcProfileError, match=r"own\.yaml") as caught:
        load_profile("own", tmp_path)
    assert says in str(caught.value)


def test_a_profile_that_is_not_there() -> None:
    with pytest.raises(IfcProfileError, match=r"There is no profile \.\./secret; there are breedplaat"):
        load_profile("../secret")


def sample(name: str) -> Path:
    path = SAMPLES / name
    if not path.exists():
        pytest.skip(f"the sample model {name} is not at hand")
    return path


def test_planks_of_a_real_exporter() -> None:
    order = read_ifc(sample("slabs-v1.ifc"), "breedplaat")
    assert len(order.elements) == 25
    assert order.is_sound
    assert order.project_name == "10 Appartementen te NIJMEGEN"
    first = order.elements[0]
    assert (first.mark, first.name, first.concrete_grade) == ("1", "Breedplaat [1]", "C30/37")
    assert (first.length_mm, first.width_mm, first.thickness_mm) == (2540.0, 1290.0, 60.0)
    assert (first.weight_kg, first.volume_m3) == (446.0, 0.1716)
    for element in order.elements:
        box_m3 = (element.length_mm or 0) * (element.width_mm or 0) * (element.thickness_mm or 0) / 1e9
        assert 0 < (element.volume_m3 or 0) <= box_m3
        assert 2500 < (element.weight_kg or 0) / (element.volume_m3 or 1) < 2700


@pytest.mark.parametrize("name", ["slabs-v2.ifc", "slabs-v3.ifc"])
def test_planks_whose_facts_stand_on_their_bodies(name: str) -> None:
    order = read_ifc(sample(name), "breedplaat")
    assert len(order.elements) == 14
    assert order.is_sound


def test_stairs_and_landings_of_another_exporter() -> None:
    order = read_ifc(sample("stairs-landings.ifc"), "tekla-stairs")
    assert order.is_sound
    assert [element.name for element in order.elements].count("TRAP") == 6
    assert [element.name for element in order.elements].count("BORDES") == 3
    flight = next(element for element in order.elements if element.mark == "TR-02-01")
    # the flight's slab and its two strings: 0.361804 + 2 x 0.061022 m3
    assert (flight.volume_m3, flight.weight_kg, flight.width_mm) == (0.4838, 1164.0, 1200.0)

"""Atlas codes: each family by hand, and the rules a code can break."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mes.library.atlas import AtlasType, Family, Opening, TypeCodeError, normalise_code, parse_type_code
from mes.library.atlas.rules import RULES_FOLDER, AtlasRuleError, load_rules


def atlas_type(code: str) -> AtlasType:
    found = parse_type_code(code)
    assert found is not None, code
    return found


def sizes(found: AtlasType) -> tuple[int, int, int]:
    return found.length_mm, found.width_mm, found.thickness_mm


def test_two_way_edge_plate_is_240_mm_narrower_than_its_nominal_width() -> None:
    # 3600 - 180 = 3420; 2000 - 240 = 1760; 3.42 x 1.76 x 0.06 = 0.361152 m3; x 2500 = 902.9 kg
    plate = atlas_type("DBS1-67-3620-31")
    assert sizes(plate) == (3420, 1760, 60)
    assert plate.concrete_volume_m3 == pytest.approx(0.3612)
    assert plate.weight_kg == pytest.approx(902.9)
    assert (plate.family, plate.atlas) == (Family.COMPOSITE_SLAB, "15G366-1")
    assert str(plate.rebar_note) == "Bars along the span C10@200, across C8@200"


def test_two_way_middle_plate_is_300_mm_narrower() -> None:
    # 3.42 x 1.70 x 0.06 = 0.34884 m3
    plate = atlas_type("DBS2-67-3620-31")
    assert sizes(plate) == (3420, 1700, 60)
    assert plate.concrete_volume_m3 == pytest.approx(0.3488)


def test_one_way_plate_keeps_its_nominal_width() -> None:
    # 3.42 x 2.00 x 0.06 = 0.4104 m3; x 2500 = 1026 kg
    plate = atlas_type("DBD67-3620-2")
    assert sizes(plate) == (3420, 2000, 60)
    assert plate.weight_kg == pytest.approx(1026.0)
    assert str(plate.rebar_note) == "Bars along the span C8@150, across C6@200"


def test_an_adjusted_width_is_taken_unadjusted_and_said_so() -> None:
    plate = atlas_type("DBS1-67-3620-31δ")
    assert plate.width_mm == 1760
    assert any("δ" in str(assumption) for assumption in plate.assumptions)


def test_exterior_wall_without_opening() -> None:
    # inner leaf 2400 - 600 = 1800 by 2800 - 160 = 2640, 200 thick: 0.9504 m3
    # outer leaf 1800 + 2 x 290 = 2380 by 2780, 60 thick: 0.396984 m3; together 1.347384 m3
    # insulation (2380 - 40) x 2780 x 70 = 0.455364 m3 x 30 kg = 13.66; 1.347384 x 2500 = 3368.46 kg
    wall = atlas_type("WQ-2428")
    assert sizes(wall) == (2380, 2780, 330)
    assert wall.concrete_volume_m3 == pytest.approx(1.3474)
    assert wall.weight_kg == pytest.approx(3382.1)
    assert wall.openings == ()


def test_exterior_wall_with_a_window_in_its_middle() -> None:
    # inner leaf 2400 long, pier (2400 - 1500) / 2 = 450, so x = 290 + 450; 1.2672 + 0.497064 - 2.1 x 0.26
    wall = atlas_type("WQC1-3028-1514")
    assert wall.openings == (Opening(width_mm=1500, height_mm=1400, x_mm=740, y_mm=900),)
    assert wall.concrete_volume_m3 == pytest.approx(1.2672 + 0.497064 - 0.546, abs=1e-4)


def test_low_sill_window_and_door_begin_lower() -> None:
    assert atlas_type("WQCA-3028-1518").openings[0].y_mm == 600
    door = atlas_type("WQM-3628-1823").openings[0]
    assert (door.width_mm, door.height_mm, door.y_mm) == (1800, 2300, 0)


def test_two_windows_leave_three_equal_piers() -> None:
    # inner leaf 4200; (4200 - 600 - 1500) / 3 = 700
    first, second = atlas_type("WQC2-4828-0614-1514").openings
    assert (first.x_mm, first.width_mm) == (290 + 700, 600)
    assert (second.x_mm, second.width_mm) == (290 + 700 + 600 + 700, 1500)


def test_outer_leaf_as_the_code_gives_it() -> None:
    # wy1(190,20): 1800 + 190 + 20; the notch of wy2 takes 0.2 x 0.15 x 0.06 = 0.0018 m3 of concrete away
    assert atlas_type("WQ-2428 wy1(190,20)").length_mm == 2010
    plain, notched = atlas_type("WQ-2428 wy1(290,290)"), atlas_type("WQ-2428 wy2(290,290,cL200,dL150)")
    assert notched.type_code == "WQ-2428 wy2(290,290,cL200,dL150)"
    assert plain.concrete_volume_m3 - notched.concrete_volume_m3 == pytest.approx(0.0018, abs=1e-4)


def test_interior_wall() -> None:
    # 2100 x 2640 x 200 = 1.1088 m3, 2772 kg
    wall = atlas_type("NQ-2128")
    assert sizes(wall) == (2100, 2640, 200)
    assert (wall.concrete_volume_m3, wall.weight_kg) == (pytest.approx(1.1088), pytest.approx(2772.0))


@pytest.mark.parametrize(("code", "x_mm"), [("NQM1", 450), ("NQM2", 1050), ("NQM3", 0)])
def test_interior_wall_with_a_door(code: str, x_mm: int) -> None:
    # 3.0 x 2.64 x 0.2 - 0.9 x 2.1 x 0.2 = 1.584 - 0.378 m3
    wall = atlas_type(f"{code}-3028-0921")
    assert wall.openings == (Opening(width_mm=900, height_mm=2100, x_mm=x_mm, y_mm=0),)
    assert wall.concrete_volume_m3 == pytest.approx(1.206)


def test_flight_of_a_double_flight_stair() -> None:
    # 2800 / 16 = 175; 8 risers, 7 treads of 260; length 7 x 260 + 2 x 400 = 2620
    # section: 7 x 0.26 x 0.175 / 2 = 0.15925; 7 x 0.313409 x 0.12 = 0.263264; 2 x 0.4 x 0.18 = 0.144
    # 0.566514 m2 x 1.195 m = 0.67698 m3
    flight = atlas_type("ST-28-25")
    assert sizes(flight) == (2620, 1195, 120)
    assert flight.concrete_volume_m3 == pytest.approx(0.6770, abs=1e-4)
    assert str(flight.assumptions[0]) == "One code is one flight; a storey takes 2"


def test_flight_of_a_scissor_stair() -> None:
    # 16 risers in one flight: 15 x 260 + 2 x 500 = 4900
    # 15 x 0.02275 = 0.34125; 15 x 0.313409 x 0.2 = 0.940227; 2 x 0.5 x 0.22 = 0.22; x 1.16 = 1.7417 m3
    flight = atlas_type("JT-28-25")
    assert sizes(flight) == (4900, 1160, 200)
    assert flight.concrete_volume_m3 == pytest.approx(1.7417, abs=1e-4)


def test_balcony() -> None:
    # 2380 x 1210 x 60 = 0.172788; kerb (2380 + 2 x 1060) x 150 x (400 - 60) = 0.2295; 0.402288 m3
    balcony = atlas_type("YTB-D-1224-4")
    assert sizes(balcony) == (2380, 1210, 60)
    assert balcony.concrete_volume_m3 == pytest.approx(0.4023)


def test_both_ways_to_write_a_kerb_are_one_type() -> None:
    assert atlas_type("YTB-D-1224-04").type_code == atlas_type("YTB-D-1224-4").type_code == "YTB-D-1224-4"


def test_ac_slab() -> None:
    # 840 x 1300 x 80 = 0.08736 m3; x 2500 = 218.4 kg
    slab = atlas_type("KTB-84-130")
    assert sizes(slab) == (840, 1300, 80)
    assert slab.weight_kg == pytest.approx(218.4)


def test_sandwich_parapet() -> None:
    # 3580 x 1390 x (160 + 60) = 1.094764 m3
    parapet = atlas_type("NEQ-J1-3614")
    assert sizes(parapet) == (3580, 1390, 290)
    assert parapet.concrete_volume_m3 == pytest.approx(1.0948)


def test_plain_corner_parapet_counts_its_return() -> None:
    # (3580 + 600) x 590 x 160 = 0.394592 m3
    assert atlas_type("NEQ-Q2-3606").concrete_volume_m3 == pytest.approx(0.3946)


@pytest.mark.parametrize(
    ("code", "segment", "says"),
    [
        ("DBS1-67-3621-31", "3621", "Width 2100"),
        ("DBS1-67-3720-31", "3720", "Span 3700"),
        ("DBS3-67-3620-31", "DBS3", "1 (edge) or 2 (middle)"),
        ("DBS1-67-3620-35", "35", "digit 5"),
        ("DBS1-62-3620-31", "62", "Topping thickness 20"),
        ("DBS1-67-3620", "DBS1-67-3620", "DBS1-67-3620-31"),
        ("DBD67-4520-2", "4520", "Span 4500"),
        ("WQ-2427", "2427", "Storey height 2700"),
        ("WQC1-3028", "WQC1-3028", "1 opening(s)"),
        ("WQC1-2428-2414", "2414", "does not fit"),
        ("WQC9-3028-1514", "WQC9", "WQC1"),
        ("WQ-2428 wy1(290)", "WY1(290)", "wy1(290,290)"),
        ("NQ-2128-0921", "0921", "no opening"),
        ("NQM1-3028", "NQM1-3028", "missing"),
        ("NQM2-1828-1821", "1821", "does not fit"),
        ("ST-27-25", "27", "Storey height 2700"),
        ("JT-28-24", "24", "Stair-well width 2400"),
        ("YTB-X-1224-4", "X", "D, B, L"),
        ("YTB-D-1324-4", "1324", "Projection 1300"),
        ("YTB-D-1224-5", "5", "Kerb height 500"),
        ("KTB-85-130", "85", "Length 850"),
        ("NEQ-J1-3613", "3613", "Height 1300"),
    ],
)
def test_a_code_that_breaks_the_atlas_says_where_and_why(code: str, segment: str, says: str) -> None:
    with pytest.raises(TypeCodeError) as caught:
        parse_type_code(code)
    assert caught.value.segment == segment
    assert says in str(caught.value)


@pytest.mark.parametrize("code", ["YWQ-01", "YNQ-3a", "PCLT-1", "DHB-12", "ST-01", "KTB-1", "NQ-2", "", "构件"])
def test_project_codes_are_left_to_the_project(code: str) -> None:
    assert parse_type_code(code) is None


def test_full_width_characters_and_other_dashes_are_one_code() -> None:
    found = atlas_type(" ｄｂｓ１—67–3620－31 ")
    assert found.type_code == "DBS1-67-3620-31"
    assert found.raw_code == " ｄｂｓ１—67–3620－31 "
    assert normalise_code(" YWQ - 01 ") == "YWQ-01"


def test_what_the_code_does_not_say_is_named_as_an_assumption() -> None:
    said = [str(assumption) for assumption in atlas_type("WQ-2428").assumptions]
    assert any("60+70+200" in text and "15G365-1" in text for text in said)


@given(
    position=st.sampled_from("12"),
    span=st.sampled_from(range(30, 61, 3)),
    width=st.sampled_from([12, 15, 18, 20, 24]),
    bars=st.sampled_from([a + b for a in "1234" for b in "123"]),
)
def test_every_plate_of_the_series_weighs_its_volume(position: str, span: int, width: int, bars: str) -> None:
    plate = atlas_type(f"DBS{position}-67-{span}{width}-{bars}")
    cubic_metres = plate.length_mm * plate.width_mm * plate.thickness_mm / 1e9
    assert plate.concrete_volume_m3 == pytest.approx(cubic_metres, abs=1e-4)
    assert plate.weight_kg == pytest.approx(cubic_metres * 2500, abs=0.06)


@given(st.text(max_size=30) | st.from_regex(r"(DBS1|WQC1|NQM1|YTB-D|NEQ-J1|ST|KTB)-[0-9-]{2,12}", fullmatch=True))
def test_any_text_is_an_atlas_type_or_a_named_error_or_none(code: str) -> None:
    try:
        found = parse_type_code(code)
    except TypeCodeError:
        return
    assert found is None or found.concrete_volume_m3 > 0


def copied_rules(folder: Path) -> Path:
    for file in RULES_FOLDER.glob("*.yaml"):
        (folder / file.name).write_text(file.read_text("utf-8"), "utf-8")
    return folder


def test_a_plant_may_change_the_defaults(tmp_path: Path) -> None:
    file = copied_rules(tmp_path) / "15G365-2.yaml"
    file.write_text(file.read_text("utf-8").replace("thickness_mm: 200", "thickness_mm: 180"), "utf-8")
    wall = parse_type_code("NQ-2128", load_rules(tmp_path))
    assert wall is not None
    assert wall.thickness_mm == 180


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("tread_mm: 260", "tread_mm: -260", "tread_mm"),
        ("tread_mm: 260", "tred_mm: 260", "tread_mm"),
        ("tread_mm: 260", "tread_mm: [", "not YAML"),
    ],
)
def test_a_slip_in_a_rule_file_is_named(tmp_path: Path, old: str, new: str, place: str) -> None:
    file = copied_rules(tmp_path) / "15G367-1.yaml"
    file.write_text(file.read_text("utf-8").replace(old, new), "utf-8")
    with pytest.raises(AtlasRuleError, match=r"15G367-1\.yaml") as caught:
        load_rules(tmp_path)
    assert place in str(caught.value)


def test_every_rule_file_names_its_source_and_that_it_is_unverified() -> None:
    rules = load_rules()
    for file in (rules.slabs, rules.exterior_walls, rules.interior_walls, rules.stairs, rules.balconies):
        assert file.atlas in file.source
        assert file.edition == "2015"
        assert file.verified is False

"""Device profiles from YAML."""

from pathlib import Path

import pytest

from lines import Kind, Order, Poll, ProfileError, Role, ValueType, load_profile, packaged_profile, packaged_profiles
from lines import parse_profile as parse

SPREADER = """
profile: concrete-spreader/acme-2
protocol: modbus-tcp
byte_order: big
word_order: little
max_block: 50
poll: {fast: 0.2, slow: 5.0}
points:
  - {name: state, address: "holding:0", type: u16, poll: fast, map: {0: stopped, 1: idle, 2: execute, 9: aborted}}
  - {name: pallet, address: "holding:1", type: u16}
  - {name: hopper_kg, address: "input:10", type: f32, unit: kg, deadband: 5}
  - {name: poured_m3, address: "input:12", type: u32, scale: 0.001, unit: m3}
  - {name: door_open, address: "discrete:3", type: bool}
  - {name: program, address: "holding:20", type: "string:16", encoding: gb18030}
commands:
  - {name: program, address: "holding:100", type: "string:16", verify: true}
"""


def broken(old: str, new: str) -> str:
    assert SPREADER.count(old) == 1
    return SPREADER.replace(old, new)


def fault(text: str) -> str:
    with pytest.raises(ProfileError) as caught:
        parse(text, "p.yaml")
    return str(caught.value)


def test_a_profile_says_what_its_yaml_says() -> None:
    profile = parse(SPREADER)
    assert (profile.name, profile.protocol, profile.max_block) == ("concrete-spreader/acme-2", "modbus-tcp", 50)
    assert (profile.byte_order, profile.word_order) == (Order.BIG, Order.LITTLE)
    assert [point.poll for point in profile.points[:2]] == [Poll.FAST, Poll.SLOW]
    assert profile.point("state").map[2] == "execute"
    assert (profile.point("hopper_kg").unit, profile.point("hopper_kg").deadband) == ("kg", 5.0)
    assert profile.point("poured_m3").scale == 0.001
    assert profile.point("program").type == ValueType(Kind.STRING, 16)
    program = profile.command("program")
    assert program is not None
    assert program.verify


def test_what_is_left_out_has_its_default() -> None:
    profile = parse("profile: a\nprotocol: modbus-tcp\npoints: [{name: a, address: 'input:0', type: u16}]")
    assert (profile.byte_order, profile.word_order, profile.max_block) == (Order.BIG, Order.BIG, 100)
    assert (profile.fast_seconds, profile.slow_seconds, profile.commands) == (0.2, 5.0, ())


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("type: f32", "type: f23", 11, "unknown type 'f23'"),
        ('"input:10"', '"inputs:10"', 11, "no Modbus address"),
        ('"input:12"', '"input:65535"', 12, "beyond the last register"),
        ('"holding:1"', '"coil:1"', 10, "its type must be bool"),
        ('"holding:100"', '"input:100"', 16, "cannot be written"),
        ("scale: 0.001", "scale: 0", 12, "a scale of 0"),
        ("scale: 0.001", "scale: much", 12, "scale must be a number"),
        ("deadband: 5", "deadband: -5", 11, "not negative"),
        ("unit: kg", "units: kg", 11, "unknown key 'units'"),
        ("poll: fast, map", "poll: quick, map", 9, "fast or slow"),
        ("2: execute", "2: running", 9, "'running' is no PackML state"),
        ("2: execute", "2: on", 9, "put it in quotes"),
        ("name: pallet", "name: state", 10, "used twice"),
        ("name: pallet", "name: Pallet No", 10, "is no name"),
        ("name: pallet", f"name: {'p' * 61}", 10, "60 characters at most"),
        ("unit: kg", f"unit: {'kg' * 11}", 11, "20 characters at most"),
        ("deadband: 5", "low: -.inf", 11, "low must be a number"),
        ("gb18030", "gb99", 14, "unknown encoding"),
        ("gb18030", "utf-16", 14, "ASCII"),
        ("max_block: 50", "max_block: 200", 6, "1 to 125"),
        ("fast: 0.2", "fast: 0", 7, "0.01 to 3600"),
        ("word_order: little", "word_order: middle", 5, "big or little"),
        ("string:16\", verify", "string:600\", verify", 16, "1 to 246 bytes"),
        ("verify: true", "verify: often", 16, "true or false"),
    ],
)  # fmt: skip
def test_a_fault_is_shown_with_its_file_and_line(old: str, new: str, line: int, message: str) -> None:
    text = fault(broken(old, new))
    assert text.startswith(f"p.yaml:{line}: ")
    assert message in text


def test_all_faults_are_shown_at_once() -> None:
    assert len(fault(broken("type: f32", "type: f23").replace("scale: 0.001", "scale: 0")).splitlines()) == 2


def test_a_missing_key_is_named() -> None:
    assert "'protocol' is missing" in fault(broken("protocol: modbus-tcp\n", ""))


def test_a_key_given_twice_is_a_fault() -> None:
    assert fault(SPREADER + "max_block: 20\n").startswith("p.yaml:17: 'max_block' appears twice")


def test_broken_yaml_is_a_fault_with_its_line() -> None:
    assert fault("profile: a\npoints: [1, 2\n").startswith("p.yaml:3: not YAML")


def test_an_unknown_protocol_is_refused_clearly() -> None:
    assert "p.yaml:3: protocol 'profinet' is unknown" in fault(broken("modbus-tcp", "profinet"))


def test_an_unknown_protocol_is_refused() -> None:
    assert "protocol 'telex' is unknown" in fault(broken("modbus-tcp", "telex"))


def test_a_missing_file_is_a_profile_error(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="No such file"):
        load_profile(tmp_path / "none.yaml")


def test_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(SPREADER, encoding="utf-8")
    assert load_profile(tmp_path / "p.yaml") == parse(SPREADER)


@pytest.mark.parametrize("name", packaged_profiles())
def test_every_packaged_profile_can_be_used(name: str) -> None:
    assert packaged_profile(name).name == f"{name}/simulated"


def test_an_unknown_packaged_profile_is_an_error() -> None:
    with pytest.raises(ProfileError, match="no packaged profile 'teapot'"):
        packaged_profile("teapot")


CLASSES = {
    "shuttering-robot", "mesh-welder", "concrete-spreader", "batching-plant", "vibrating-table", "curing-chamber",
    "trowelling-machine", "tilting-table", "energy-meter",
}  # fmt: skip


def test_each_class_of_machine_has_a_profile_with_alarms_in_both_languages() -> None:
    by_class = {profile.machine: profile for profile in map(packaged_profile, packaged_profiles())}
    assert by_class.keys() >= CLASSES
    for name in CLASSES:
        alarms = by_class[name].alarms
        assert alarms, name
        assert all(alarm.text["zh"] != alarm.text["en"] for alarm in alarms)
        assert len({alarm.code for alarm in alarms}) == len(alarms)


@pytest.mark.parametrize("name", packaged_profiles())
def test_what_is_measured_says_what_is_possible(name: str) -> None:
    """So that a broken sensor is told from a hot chamber."""
    profile = packaged_profile(name)
    measured = [point for point in profile.points if point.role is Role.MEASUREMENT and point.type.is_numeric]
    for point in measured:
        assert point.low is not None, point.name
        assert point.high is not None, point.name
        limits = [limit for limit in (point.warn_low, point.warn_high) if limit is not None]
        assert all(point.low <= limit <= point.high for limit in limits), point.name


@pytest.mark.parametrize(("name", "highest_c"), [("curing-chamber", 70), ("precuring-chamber", 60)])
def test_curing_temperatures_have_their_limit_and_are_kept_for_years(name: str, highest_c: float) -> None:
    profile = packaged_profile(name)
    temperatures = [point for point in profile.points if point.name.endswith("temperature_c")]
    assert len(temperatures) >= 2
    assert {(point.warn_high, point.keep_days) for point in temperatures} == {(highest_c, 3650)}
    setpoint = profile.command("setpoint_c")
    assert setpoint is not None
    assert setpoint.high == highest_c


@pytest.mark.parametrize("name", ["batching-plant", "concrete-spreader"])
def test_concrete_is_counted_and_its_batch_named(name: str) -> None:
    profile = packaged_profile(name)
    counted = profile.point("poured_m3" if name == "concrete-spreader" else "mixed_m3")
    assert (counted.role, counted.unit, counted.scale) == (Role.COUNTER, "m3", 0.001)
    assert profile.point("batch").role is Role.BATCH


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("point: door_open", "point: door", 17, "there is no point 'door'"),
        ("severity: warning", "severity: grave", 17, "severity is warning or fault"),
        ("zh: 料斗门未关, ", "", 17, "text holds zh and en"),
        ("code: E12, ", "", 17, "'code' is missing"),
        ("point: door_open", "point: door_open, value: 7", 17, "it shows true or false, not 7"),
        ("point: door_open", "point: pallet", 17, "say with which number the alarm stands"),
        ("point: door_open", "point: state, value: open", 17, "never shows 'open': its map has stopped, idle"),
        ("point: door_open", "point: program, value: 3", 17, "a string:16: it never shows 3"),
    ],
)
def test_a_fault_of_an_alarm_is_shown_with_its_line(old: str, new: str, line: int, message: str) -> None:
    alarm = (
        "alarms:\n  - {code: E12, point: door_open, text: {zh: 料斗门未关, en: Hopper door open}, severity: warning}\n"
    )
    with_alarm = broken("commands:\n", alarm + "commands:\n").replace(old, new)
    text = fault(with_alarm)
    assert text.startswith(f"p.yaml:{line}: ") or f"p.yaml:{line - 1}: " in text
    assert message in text


@pytest.mark.parametrize(
    ("new", "message"),
    [
        ("deadband: 5, low: 10, high: 10", "the range from 10 to 10 is empty"),
        ("deadband: 5, low: 0, high: 10, warn_high: 11", "warn_high is 11, a value that the range calls impossible"),
        ("deadband: 5, low: 0, warn_low: -1", "warn_low is -1, a value that the range calls impossible"),
        ("deadband: 5, warn_low: 9, warn_high: 2", "the limits 9 and 2 leave nothing between"),
    ],
)
def test_ranges_and_limits_that_contradict_each_other_are_shown_with_their_line(new: str, message: str) -> None:
    text = fault(broken("deadband: 5", new))
    assert text.startswith("p.yaml:11: ")
    assert message in text


def test_a_flag_has_no_range() -> None:
    text = fault(broken("{name: door_open, ", "{name: door_open, high: 1, "))
    assert text == "p.yaml:13: a bool has no range"

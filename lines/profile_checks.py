"""What a profile's parts must have to do with one another: ranges, alarms and the points that they name."""

from lines.profile import Alarm, Command, Kind, Point, Profile
from lines.yaml_source import Key, Source

_BITS = {Kind.BOOL, Kind.BIT}


def check_profile(source: Source, profile: Profile) -> None:
    """Note every contradiction as a fault of the file."""
    for index, point in enumerate(profile.points):
        _check_range(source, ("points", index), point)
        _check_limits(source, ("points", index), point)
    points = {point.name: point for point in profile.points}
    for index, command in enumerate(profile.commands):
        _check_range(source, ("commands", index), command)
        if command.shown_by and command.shown_by not in points:
            source.fault(("commands", index, "shown_by"), f"there is no point {command.shown_by!r}")
        elif profile.protocol == "mqtt" and command.verify and not command.shown_by:
            source.fault(("commands", index), "what is written by MQTT is verified by a point: name it in shown_by")
    for index, alarm in enumerate(profile.alarms):
        _check_alarm(source, ("alarms", index), alarm, points.get(alarm.point))


def _check_range(source: Source, key: Key, entry: Point | Command) -> None:
    if entry.low is not None and entry.high is not None and entry.low >= entry.high:
        source.fault((*key, "low"), f"the range from {entry.low:g} to {entry.high:g} is empty")
    if (entry.low is not None or entry.high is not None) and not entry.type.is_numeric:
        source.fault((*key, "type"), f"a {entry.type} has no range")


def _check_limits(source: Source, key: Key, point: Point) -> None:
    if point.warn_low is not None and point.warn_high is not None and point.warn_low >= point.warn_high:
        source.fault((*key, "warn_low"), f"the limits {point.warn_low:g} and {point.warn_high:g} leave nothing between")
    for part, limit in (("warn_low", point.warn_low), ("warn_high", point.warn_high)):
        if limit is None:
            continue
        below = point.low is not None and limit < point.low
        above = point.high is not None and limit > point.high
        if below or above:
            source.fault((*key, part), f"{part} is {limit:g}, a value that the range calls impossible")


def _check_alarm(source: Source, key: Key, alarm: Alarm, point: Point | None) -> None:
    """An alarm stands while its point shows its value, so that the point must be able to."""
    if point is None:
        if alarm.point:
            source.fault((*key, "point"), f"there is no point {alarm.point!r}")
        return
    place = (*key, "value")
    names = [*point.map.values(), *point.words.values()]
    if names:
        if alarm.value not in names:
            source.fault(place, f"{point.name} never shows {alarm.value!r}: its map has {', '.join(names)}")
    elif point.type.kind in _BITS:
        if not isinstance(alarm.value, bool):
            source.fault(place, f"{point.name} is a {point.type}: it shows true or false, not {alarm.value!r}")
    elif point.type.kind is Kind.STRING:
        if not isinstance(alarm.value, str):
            source.fault(place, f"{point.name} is a {point.type}: it never shows {alarm.value!r}")
    elif isinstance(alarm.value, bool | str):
        source.fault(place, f"{point.name} is a {point.type}: say with which number the alarm stands")

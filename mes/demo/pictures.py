"""Photos for the demo's inspections and receipts: drawn, so that they look like what they stand for."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter, ImageFont

WIDTH, HEIGHT = 1200, 900
SMALLER = 4  # what has no edges is painted so much smaller
STEEL, FLOOR, CONCRETE = (126, 133, 138), (92, 95, 96), (176, 175, 168)
Draw = ImageDraw.ImageDraw


def reinforcement(seed: int, caption: str, font_file: Path) -> bytes:
    """A pallet from above: side forms, a mesh, lattice girders, boxes and lifting eyes, before casting."""
    return _photo(seed, caption, font_file, _reinforcement)


def finished_element(seed: int, caption: str, font_file: Path) -> bytes:
    """A finished element in the hall, with its label."""
    return _photo(seed, caption, font_file, _element)


def damage(seed: int, caption: str, font_file: Path) -> bytes:
    """A concrete face with a crack and a broken edge, a folding rule beside it."""
    return _photo(seed, caption, font_file, _damage)


def signature(name: str, seed: int, font_file: Path) -> bytes:
    """A name as if written by hand, with a stroke below it, as PNG."""
    chance = random.Random(f"{name}{seed}")  # noqa: S311 - a picture, no secret
    picture = Image.new("L", (160 * max(2, len(name)), 220), 255)
    font = ImageFont.truetype(str(font_file), 120)
    for place, letter in enumerate(name):
        one = Image.new("L", (200, 200), 255)
        ImageDraw.Draw(one).text((30, 10), letter, font=font, fill=20)
        turned = one.rotate(chance.uniform(4, 14), resample=Image.Resampling.BICUBIC, fillcolor=255)
        picture.paste(turned, (130 * place, chance.randint(0, 12)))
    line = [(20 + step * 12, 196 + round(chance.uniform(-4, 4))) for step in range(10 * len(name))]
    ImageDraw.Draw(picture).line(line, fill=40, width=5, joint="curve")
    stream = io.BytesIO()
    picture.filter(ImageFilter.GaussianBlur(1.1)).save(stream, "PNG")
    return stream.getvalue()


def _photo(seed: int, caption: str, font_file: Path, paint: Callable[[Draw, random.Random], None]) -> bytes:
    chance = random.Random(seed)  # noqa: S311 - a picture, no secret
    picture = _ground(chance)
    paint(ImageDraw.Draw(picture), chance)
    picture = picture.rotate(chance.uniform(-2.2, 2.2), resample=Image.Resampling.BICUBIC, fillcolor=FLOOR)
    picture = _lit(picture, chance).filter(ImageFilter.GaussianBlur(0.8))
    _stamp(ImageDraw.Draw(picture), caption, font_file)
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=78)
    return stream.getvalue()


def _ground(chance: random.Random) -> Image.Image:
    """Smooth, so that it is painted small."""
    width, height = WIDTH // SMALLER, HEIGHT // SMALLER
    picture = Image.new("RGB", (width, height), FLOOR)
    draw = ImageDraw.Draw(picture)
    for _ in range(70):
        x, y, radius = chance.uniform(0, width), chance.uniform(0, height), chance.uniform(20, 140) / SMALLER
        shade = chance.randint(-7, 7)
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=_shaded(FLOOR, shade))
    return picture.filter(ImageFilter.GaussianBlur(22 / SMALLER)).resize((WIDTH, HEIGHT))


def _lit(picture: Image.Image, chance: random.Random) -> Image.Image:
    """Light falls from one upper corner."""
    width, height = WIDTH // SMALLER, HEIGHT // SMALLER
    side = 2 * width
    light = Image.linear_gradient("L").resize((side, side)).rotate(chance.choice((35, -35)))
    left, top = (side - width) // 2, (side - height) // 2
    light = light.crop((left, top, left + width, top + height)).resize((WIDTH, HEIGHT))
    dark = Image.new("RGB", (WIDTH, HEIGHT), (18, 20, 24))
    return Image.composite(dark, picture, light.point(lambda value: int(value * 0.42)))


def _reinforcement(draw: Draw, chance: random.Random) -> None:
    left, top, right, bottom = 110, 120, WIDTH - 110, HEIGHT - 130
    draw.rectangle((40, 50, WIDTH - 40, HEIGHT - 50), fill=_shaded(STEEL, -14))
    draw.rectangle((left, top, right, bottom), fill=_shaded(STEEL, 12))
    for box in ((left - 26, top - 26, right + 26, top), (left - 26, bottom, right + 26, bottom + 26)):
        draw.rectangle(box, fill=(176, 96, 38), outline=(110, 58, 22), width=3)
    for box in ((left - 26, top - 26, left, bottom + 26), (right, top - 26, right + 26, bottom + 26)):
        draw.rectangle(box, fill=(168, 90, 34), outline=(110, 58, 22), width=3)
    step = chance.choice((42, 48, 54))
    for x in range(left + 18, right, step):
        _bar(draw, (x, top - 44), (x + chance.randint(-2, 2), bottom + 44))
    for y in range(top + 18, bottom, step):
        _bar(draw, (left - 44, y), (right + 44, y + chance.randint(-2, 2)))
    for y in range(top + 90, bottom - 60, (bottom - top) // 3):
        _girder(draw, left + 20, right - 20, y)
    for _ in range(3):
        x, y = chance.randint(left + 120, right - 160), chance.randint(top + 60, bottom - 100)
        draw.rectangle((x, y, x + 62, y + 62), fill=(214, 212, 204), outline=(120, 118, 112), width=3)
        draw.ellipse((x + 20, y + 20, x + 42, y + 42), fill=(90, 90, 88))
    for x, y in ((left + 110, top + 120), (right - 140, bottom - 140)):
        draw.arc((x, y, x + 54, y + 74), 180, 360, fill=(30, 32, 34), width=11)


def _bar(draw: Draw, start: tuple[int, int], end: tuple[int, int]) -> None:
    draw.line((start[0] + 4, start[1] + 6, end[0] + 4, end[1] + 6), fill=(84, 84, 82), width=7)
    draw.line((*start, *end), fill=(122, 72, 46), width=7)
    draw.line((start[0] - 1, start[1] - 1, end[0] - 1, end[1] - 1), fill=(168, 112, 78), width=2)


def _girder(draw: Draw, left: int, right: int, y: int) -> None:
    for offset in (-17, 17):
        draw.line((left, y + offset, right, y + offset), fill=(104, 64, 44), width=6)
    for place, x in enumerate(range(left, right - 60, 60)):
        up = 17 if place % 2 else -17
        draw.line((x, y + up, x + 60, y - up), fill=(134, 84, 58), width=5)
    draw.line((left, y, right, y), fill=(150, 98, 68), width=8)


def _element(draw: Draw, chance: random.Random) -> None:
    left, top, right, bottom = 130, 170, WIDTH - 130, HEIGHT - 150
    draw.polygon(((left, bottom), (right, bottom), (right + 40, bottom + 40), (left + 40, bottom + 40)), (52, 53, 53))
    draw.rectangle((left, top, right, bottom), fill=CONCRETE, outline=_shaded(CONCRETE, -40), width=3)
    for _ in range(420):
        x, y, radius = chance.uniform(left, right), chance.uniform(top, bottom), chance.uniform(1, 4)
        draw.ellipse((x, y, x + radius, y + radius), fill=_shaded(CONCRETE, chance.randint(-26, 14)))
    for y in range(top + 12, bottom, 16):
        draw.line((left + 6, y, right - 6, y + chance.randint(-3, 3)), fill=_shaded(CONCRETE, -9), width=2)
    for x in range(left + 40, right, 74):
        _bar(draw, (x, top - 46), (x, top + 4))
    if chance.random() < 0.5:
        draw.rectangle((520, 330, 800, 620), fill=_shaded(FLOOR, -20), outline=_shaded(CONCRETE, -30), width=8)
    for x in (left + 150, right - 190):
        draw.ellipse((x, top + 60, x + 40, top + 100), fill=(70, 72, 72), outline=(40, 42, 42), width=4)
    draw.rectangle((left + 60, bottom - 150, left + 250, bottom - 40), fill=(250, 250, 246))
    for column in range(11):
        for row in range(11):
            if chance.random() < 0.5:
                x, y = left + 70 + column * 8, bottom - 140 + row * 8
                draw.rectangle((x, y, x + 7, y + 7), fill=(20, 20, 20))
    for line in range(4):
        y = bottom - 134 + line * 24
        draw.rectangle((left + 172, y, left + 172 + chance.randint(40, 66), y + 8), fill=(60, 60, 60))


def _damage(draw: Draw, chance: random.Random) -> None:
    draw.rectangle((0, 0, WIDTH, HEIGHT - 170), fill=CONCRETE)
    for _ in range(900):
        x, y, radius = chance.uniform(0, WIDTH), chance.uniform(0, HEIGHT - 170), chance.uniform(1, 6)
        draw.ellipse((x, y, x + radius, y + radius), fill=_shaded(CONCRETE, chance.randint(-30, 16)))
    x, y = chance.randint(260, 420), 60
    points = [(x, y)]
    while y < HEIGHT - 260:
        x, y = x + chance.randint(-34, 52), y + chance.randint(28, 60)
        points.append((x, y))
    draw.line(points, fill=(58, 56, 54), width=7, joint="curve")
    draw.line([(px + 3, py - 2) for px, py in points], fill=(208, 206, 200), width=2)
    edge = HEIGHT - 170
    broken = [(760, edge), (800, edge - 70), (860, edge - 96), (930, edge - 60), (1010, edge - 84), (1070, edge)]
    draw.polygon(broken, fill=(134, 126, 112))
    for _ in range(70):
        px, py = chance.uniform(790, 1040), chance.uniform(edge - 66, edge - 4)
        draw.ellipse((px, py, px + 12, py + 9), fill=_shaded((134, 126, 112), chance.randint(-34, 34)))
    draw.rectangle((120, 700, 700, 744), fill=(244, 206, 70), outline=(150, 118, 20), width=3)
    for tick in range(0, 580, 12):
        draw.line((120 + tick, 700, 120 + tick, 722 if tick % 60 else 734), fill=(60, 46, 8), width=3)


def _stamp(draw: Draw, caption: str, font_file: Path) -> None:
    """What site cameras write into the lower corner."""
    font = ImageFont.truetype(str(font_file), 30)
    width = draw.textlength(caption, font=font)
    draw.rectangle((24, HEIGHT - 74, 56 + width, HEIGHT - 24), fill=(16, 18, 20))
    draw.text((40, HEIGHT - 70), caption, font=font, fill=(255, 214, 140))


def _shaded(colour: tuple[int, int, int], by: int) -> tuple[int, int, int]:
    red, green, blue = (max(0, min(255, part + by)) for part in colour)
    return red, green, blue

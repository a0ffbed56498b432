"""The wardrobe: what an avatar is chosen from, and the short code that stands for a choice.

A code has one character a field, in the order of FIELDS; characters that are missing at its end
stand for the defaults. The figures themselves are made by `worldloom.studio.figure`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from types import MappingProxyType
from typing import Final

DIGITS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
"""The character of each choice of a field, as in base64 for addresses."""

Lch = tuple[float, float, float]
"""A colour in OKLCH: lightness 0..1, chroma, hue in degrees."""

SKINS: Final[tuple[Lch, ...]] = (
    (0.89, 0.036, 62), (0.86, 0.045, 58), (0.83, 0.052, 66), (0.80, 0.060, 58),
    (0.76, 0.066, 64), (0.72, 0.072, 58), (0.67, 0.076, 60), (0.62, 0.076, 55),
    (0.57, 0.074, 54), (0.52, 0.070, 50), (0.47, 0.064, 48), (0.42, 0.056, 46),
    (0.37, 0.048, 44), (0.33, 0.040, 42), (0.80, 0.042, 76), (0.70, 0.060, 70),
)  # fmt: skip
HAIRS: Final[tuple[Lch, ...]] = (
    (0.21, 0.012, 40), (0.26, 0.022, 45), (0.31, 0.035, 45), (0.37, 0.050, 48),
    (0.44, 0.065, 52), (0.52, 0.080, 58), (0.60, 0.092, 66), (0.69, 0.098, 76),
    (0.78, 0.085, 86), (0.86, 0.055, 92), (0.42, 0.095, 36), (0.52, 0.125, 42),
    (0.60, 0.012, 80), (0.78, 0.006, 90), (0.92, 0.008, 95), (0.30, 0.040, 285),
    (0.58, 0.110, 355), (0.60, 0.095, 205), (0.52, 0.120, 300), (0.62, 0.100, 150),
)  # fmt: skip
EYES: Final[tuple[Lch, ...]] = (
    (0.30, 0.045, 50), (0.40, 0.065, 55), (0.50, 0.080, 70), (0.50, 0.070, 120),
    (0.54, 0.085, 155), (0.56, 0.090, 225), (0.50, 0.100, 250), (0.60, 0.030, 240),
)  # fmt: skip
CLOTHS: Final[tuple[Lch, ...]] = (
    (0.95, 0.012, 90), (0.90, 0.030, 88), (0.80, 0.045, 78), (0.68, 0.050, 70),
    (0.50, 0.058, 55), (0.38, 0.045, 48), (0.78, 0.010, 250), (0.58, 0.018, 255),
    (0.42, 0.022, 262), (0.30, 0.024, 265), (0.38, 0.060, 262), (0.50, 0.115, 262),
    (0.62, 0.105, 240), (0.60, 0.085, 205), (0.72, 0.075, 170), (0.56, 0.090, 150),
    (0.62, 0.095, 125), (0.80, 0.120, 92), (0.74, 0.130, 68), (0.66, 0.135, 45),
    (0.58, 0.150, 28), (0.66, 0.130, 12), (0.82, 0.070, 5), (0.52, 0.120, 320),
    (0.58, 0.110, 295), (0.74, 0.065, 300), (0.40, 0.080, 20), (0.46, 0.075, 110),
)  # fmt: skip
STEPS: Final = 13
"""The steps of a field that is a measure; the middle one is the average."""


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that can be chosen: its key, its title, and either names, colours or a measure."""

    key: str
    title: str
    names: tuple[str, ...] = ()
    colors: tuple[Lch, ...] = ()
    default: int = 0

    @property
    def choices(self) -> int:
        """How many there are."""
        return len(self.names) or len(self.colors) or STEPS


FIELDS: Final = (
    Field("height", "Height", default=6),
    Field("build", "Build", default=6),
    Field("frame", "Shoulders and hips", default=6),
    Field("skin", "Skin", colors=SKINS, default=4),
    Field("face", "Face", ("oval", "round", "square", "heart", "long", "soft")),
    Field("eyes", "Eyes", colors=EYES, default=1),
    Field(
        "hair",
        "Hair",
        (
            "bald", "buzz", "crop", "parted", "quiff", "curls", "afro", "bob",
            "waves", "long", "ponytail", "bun", "braids", "topknot",
        ),
        default=3,
    ),
    Field("hair_color", "Hair colour", colors=HAIRS, default=2),
    Field("beard", "Beard", ("none", "moustache", "goatee", "short", "full")),
    Field(
        "top", "Top", ("tee", "shirt", "jumper", "hoodie", "jacket", "tunic", "robe", "vest"),
        default=2,
    ),
    Field("top_color", "Top colour", colors=CLOTHS, default=13),
    Field("trim_color", "Trim colour", colors=CLOTHS, default=1),
    Field(
        "bottom", "Bottom", ("trousers", "slim", "wide", "shorts", "skirt", "gown")
    ),
    Field("bottom_color", "Bottom colour", colors=CLOTHS, default=10),
    Field("shoes", "Shoes", ("trainers", "boots", "flats", "sandals")),
    Field("shoes_color", "Shoe colour", colors=CLOTHS, default=0),
    Field("glasses", "Glasses", ("none", "round", "square", "sun")),
    Field(
        "hat", "On the head",
        ("none", "cap", "beanie", "brim", "scarf", "turban", "phones", "flower"),
    ),
    Field("hat_color", "Its colour", colors=CLOTHS, default=20),
    Field("extra", "To wear with it", ("none", "shawl", "tie", "necklace", "satchel", "pack")),
    Field("extra_color", "Its colour", colors=CLOTHS, default=18),
)  # fmt: skip
"""Every field in the order of a code. New ones come last, and so do new choices: codes are kept."""

KEYS: Final = {field.key: field for field in FIELDS}
Choice = Mapping[str, int]
"""Key → which choice of the field."""


def encode(choice: Choice) -> str:
    """Return the code of a choice; what it leaves out stays at its default. Raises ValueError."""
    unknown = choice.keys() - KEYS.keys()
    if unknown:
        raise ValueError(f"the wardrobe has no {sorted(unknown)[0]}")
    given = [choice.get(field.key, field.default) for field in FIELDS]
    for field, index in zip(FIELDS, given, strict=True):
        if not 0 <= index < field.choices:
            raise ValueError(f"{field.key} has {field.choices} choices, not {index + 1}")
    while given and given[-1] == FIELDS[len(given) - 1].default:
        given.pop()
    return "".join(DIGITS[index] for index in given)


def decode(code: str) -> dict[str, int]:
    """Return the choice of a code, whatever it holds: what is unknown becomes the default."""
    found = {}
    for at, field in enumerate(FIELDS):
        index = DIGITS.find(code[at]) if at < len(code) else -1
        found[field.key] = index if 0 <= index < field.choices else field.default
    return found


def named(**wanted: str | int) -> str:
    """Return the code of a choice by names, such as `named(hair="bob", top="hoodie", height=8)`."""
    choice = {}
    for key, value in wanted.items():
        field = KEYS.get(key)
        if field is None:
            raise ValueError(f"the wardrobe has no {key}")
        if isinstance(value, str):
            if value not in field.names:
                raise ValueError(f"{key} is one of {', '.join(field.names) or 'its numbers'}")
            value = field.names.index(value)
        choice[key] = value
    return encode(choice)


PRESETS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Mei": named(
            height=4, build=4, frame=8, skin=2, face="heart", eyes=0, hair="bob", hair_color=0,
            top="jumper", top_color=21, trim_color=1, bottom="skirt", bottom_color=9,
            shoes="boots", shoes_color=5,
        ),
        "Omar": named(
            height=8, build=7, frame=4, skin=8, face="square", eyes=0, hair="crop", hair_color=0,
            beard="short", top="shirt", top_color=13, trim_color=0, bottom="trousers",
            bottom_color=2, shoes="boots", shoes_color=4,
        ),
        "Lena": named(
            height=6, build=5, frame=7, skin=1, face="oval", eyes=5, hair="ponytail", hair_color=8,
            top="hoodie", top_color=25, trim_color=0, bottom="slim", bottom_color=10,
            shoes="trainers", shoes_color=0,
        ),
        "Kofi": named(
            height=9, build=6, frame=3, skin=12, face="long", eyes=0, hair="afro", hair_color=0,
            top="jacket", top_color=15, trim_color=17, bottom="trousers", bottom_color=9,
            shoes="trainers", shoes_color=18,
        ),
        "Amira": named(
            height=5, build=6, frame=8, skin=5, face="soft", eyes=2, hair="bald", top="tunic",
            top_color=14, trim_color=1, bottom="gown", bottom_color=8, shoes="flats",
            shoes_color=8, hat="scarf", hat_color=22,
        ),
        "Jonas": named(
            height=10, build=9, frame=3, skin=1, face="square", eyes=6, hair="quiff",
            hair_color=11, beard="full", top="jumper", top_color=16, trim_color=2,
            bottom="trousers", bottom_color=5, shoes="boots", shoes_color=5, glasses="round",
        ),
        "Ines": named(
            height=6, build=7, frame=9, skin=6, face="round", eyes=1, hair="curls", hair_color=1,
            top="tee", top_color=18, trim_color=1, bottom="wide", bottom_color=1,
            shoes="sandals", shoes_color=4, extra="necklace", extra_color=17,
        ),
        "Haru": named(
            height=5, build=4, frame=5, skin=14, face="oval", eyes=0, hair="parted", hair_color=15,
            top="robe", top_color=10, trim_color=0, bottom="gown", bottom_color=7,
            shoes="sandals", shoes_color=5,
        ),
        "Nia": named(
            height=7, build=6, frame=8, skin=10, face="heart", eyes=1, hair="braids",
            hair_color=1, top="vest", top_color=20, trim_color=17, bottom="shorts",
            bottom_color=10, shoes="trainers", shoes_color=17,
        ),
        "Ravi": named(
            height=7, build=8, frame=4, skin=9, face="soft", eyes=1, hair="buzz", hair_color=0,
            beard="full", top="tunic", top_color=19, trim_color=17, bottom="slim",
            bottom_color=0, shoes="flats", shoes_color=4, hat="turban", hat_color=11,
        ),
        "Elsa": named(
            height=6, build=8, frame=7, skin=0, face="soft", eyes=5, hair="bun", hair_color=13,
            top="shirt", top_color=0, trim_color=20, bottom="skirt", bottom_color=26,
            shoes="flats", shoes_color=26, glasses="square", extra="shawl", extra_color=21,
        ),
        "Sol": named(
            height=7, build=5, frame=6, skin=3, face="long", eyes=4, hair="waves", hair_color=17,
            top="tee", top_color=9, trim_color=22, bottom="trousers", bottom_color=12,
            shoes="trainers", shoes_color=9, hat="phones", hat_color=0,
        ),
    }
)  # fmt: skip
"""Figures to begin with: name → code."""


def avatar_of(account: str) -> str:
    """Return the code of an account until it chooses another: the same one every time."""
    bits = sha256(b"avatar:" + account.encode()).digest()
    choice = decode(tuple(PRESETS.values())[bits[0] % len(PRESETS)])
    for byte, key in enumerate(("top_color", "bottom_color", "hair_color", "height"), 1):
        if bits[byte] % 2:
            spread = 10 if key == "hair_color" else KEYS[key].choices
            choice[key] = bits[byte + 8] % spread
    return encode(choice)

"""A look and a friendly name for everyone, from the account id alone.

A look is an integer below 2^24 whose bit fields choose the colours of an avatar's parts; the
client's palettes are in client/src/view/looks.ts.
"""

from hashlib import sha256
from typing import Final

import msgspec

LOOK_MAX: Final = 2**24 - 1

ADJECTIVES: Final = tuple(
    "Amber Azure Bold Brave Bright Calm Cheerful Clever Copper Coral Cosy Crimson Curious "
    "Dapper Eager Early Emerald Fern Gentle Gilded Golden Happy Hazel Indigo Ivory Jade Jolly "
    "Kind Lilac Lively Lucky Lunar Maple Mellow Merry Mild Misty Noble Ochre Olive Opal Patient "
    "Pearl Plucky Quick Quiet Rosy Ruby Rustic Saffron Scarlet Silver Sky Snowy Sunny Swift "
    "Tawny Teal Umber Velvet Violet Warm Wise Witty".split()
)
ANIMALS: Final = tuple(
    "Badger Bear Beaver Bison Crane Cricket Curlew Deer Dolphin Dove Duck Eagle Egret Falcon "
    "Finch Fox Gecko Goose Hare Hawk Hedgehog Heron Ibis Jackdaw Jay Kestrel Kite Koala Lark "
    "Lemur Lizard Lynx Magpie Marten Mole Moose Mouse Newt Otter Owl Panda Parrot Pelican "
    "Penguin Pika Puffin Quail Rabbit Raven Robin Salmon Seal Sparrow Squirrel Starling Stork "
    "Swallow Swan Tapir Turtle Vole Walrus Weasel Wren".split()
)


class Look(msgspec.Struct, frozen=True):
    """Which colour of its palette each part of an avatar has."""

    skin: int
    hair: int
    top: int
    bottom: int
    shoes: int
    accent: int


def look_of(account: str) -> int:
    """Return the look of an account until it chooses another: the same one every time."""
    return int.from_bytes(digest(account)[:3], "big")


def look_parts(look: int) -> Look:
    """Take a look apart into the colour of each part."""
    return Look(
        skin=look & 7,
        hair=look >> 3 & 7,
        top=look >> 6 & 15,
        bottom=look >> 10 & 7,
        shoes=look >> 13 & 3,
        accent=look >> 15 & 7,
    )


def name_of(account: str) -> str:
    """Return a friendly name such as "Amber Fox" for an account that has given none."""
    bits = int.from_bytes(digest(account)[3:7], "big")
    bits, animal = divmod(bits, len(ANIMALS))
    return f"{ADJECTIVES[bits % len(ADJECTIVES)]} {ANIMALS[animal]}"


def digest(account: str) -> bytes:
    """Hash an account id, so that neighbouring ids look nothing alike."""
    return sha256(b"look:" + account.encode()).digest()

"""A friendly name for everyone, from the account id alone."""

from hashlib import sha256
from typing import Final

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


def name_of(account: str) -> str:
    """Return a friendly name such as "Amber Fox" for an account that has given none."""
    bits = int.from_bytes(digest(account)[3:7], "big")
    bits, animal = divmod(bits, len(ANIMALS))
    return f"{ADJECTIVES[bits % len(ADJECTIVES)]} {ANIMALS[animal]}"


def digest(account: str) -> bytes:
    """Hash an account id, so that neighbouring ids look nothing alike."""
    return sha256(b"look:" + account.encode()).digest()

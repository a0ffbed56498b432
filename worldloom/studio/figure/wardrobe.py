"""The wardrobe's parts: what makes each one, and which of them a choice is dressed in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from worldloom.studio.figure.bottoms import BARE_LEGS, BOTTOMS, SHOES
from worldloom.studio.figure.extras import EXTRAS
from worldloom.studio.figure.eyes import add_brows, add_ears, add_eyes, add_mouth
from worldloom.studio.figure.face import FACES, Face, head
from worldloom.studio.figure.facewear import BEARDS, GLASSES
from worldloom.studio.figure.hats import COVERING, HATS, OVER_HAIR
from worldloom.studio.figure.limbs import add_arms, add_hands, add_legs, add_neck
from worldloom.studio.figure.pieces import Part, Whole
from worldloom.studio.figure.styles import STYLES
from worldloom.studio.figure.tops import SHORT_SLEEVES, TOPS

Make = Callable[[Part], None]


def _head(face: Face) -> Make:
    def make(part: Part) -> None:
        part.add(head(face), "skin", "head")
        add_eyes(part, face)
        add_brows(part, face)
        add_ears(part, face)
        add_mouth(part, face)
        add_neck(part)

    return make


KINDS: Final[dict[str, Mapping[str, Make]]] = {
    "face": {name: _head(face) for name, face in FACES.items()},
    "hair": STYLES, "beard": BEARDS, "top": TOPS, "bottom": BOTTOMS, "shoes": SHOES,
    "glasses": GLASSES, "hat": HATS, "extra": EXTRAS,
}  # fmt: skip
"""The wardrobe's field → the name of a choice → what makes it; a choice without a part is none."""
SKIN: Final[dict[str, Make]] = {"arms": add_arms, "hands": add_hands, "legs": add_legs}
"""Parts that are not chosen but seen where no cloth is."""
PARTS: Final[dict[str, Make]] = {
    **{f"{kind}-{name}": make for kind, makes in KINDS.items() for name, make in makes.items()},
    **SKIN,
}
"""Every part by its file's name."""


def make(name: str) -> Whole:
    """Return a part."""
    part = Part()
    PARTS[name](part)
    return part.whole()


def rules() -> dict[str, dict[str, object]]:
    """Return what wearing a part does beside itself: more parts, hair hidden or laid flat."""
    found: dict[str, dict[str, object]] = {name: {} for name in PARTS}
    for top in SHORT_SLEEVES:
        found[f"top-{top}"]["with"] = ["arms"]
    for bottom in BARE_LEGS:
        found[f"bottom-{bottom}"]["with"] = ["legs"]
    for hat in COVERING:
        found[f"hat-{hat}"]["hides"] = "hair"
    for hat in OVER_HAIR:
        found[f"hat-{hat}"]["flat"] = True
    return found


def worn(names: Mapping[str, str]) -> list[str]:
    """Return the parts that are drawn for a choice, given as field → name."""
    found = [f"{kind}-{names[kind]}" for kind in KINDS if f"{kind}-{names[kind]}" in PARTS]
    known = rules()
    hidden = {known[part]["hides"] for part in found if "hides" in known[part]}
    found = [part for part in found if part.partition("-")[0] not in hidden]
    more = [str(name) for part in found for name in known[part].get("with", [])]  # type: ignore[attr-defined]
    return [*found, "hands", *more]

"""What the fire course says of classes and bands is what the standards say, as far as was read.

EN 2: classes A to D as in a reprint of BS EN 2:1992, clause 2 (www.scribd.com/document/342148971),
F and that no class is one of electricity as DIN EN 2 is told, with its amendment A1:2004
(sicherheitsingenieur.nrw/glossar/brandklassen, www.dussmann.com's glossary). Bands, and what each
extinguisher is for: BS EN 3 and BS 7863 as told by Avon Fire & Rescue (www.avonfire.gov.uk, "Fire
extinguishers") and www.assessco.co.uk ("Fire extinguishers and fire classes"). The standards' own
text of BS 7863 was not read.
"""

from __future__ import annotations

import re

import numpy as np
import pytest

from worldloom.kits.academy.courses.course import Step
from worldloom.kits.academy.courses.fire import BURNS, TRIED
from worldloom.kits.academy.courses.yard import USES, course
from worldloom.kits.academy.scene.palette import TONES, tone
from worldloom.kits.academy.scene.places import BANDS
from worldloom.kits.academy.scene.things import extinguisher

COURSE = course("extinguisher")
EN_2 = {"A": "solids", "B": "liquids", "C": "gases", "D": "metals", "F": "cooking oil"}
"""Class → what burns, shortened: solids that leave embers, liquids and what melts, gases, metals,
cooking oil and fat. There is none for electricity: such a fire is that of what burns."""
FUELS = {"paper": "A", "petrol": "B", "fryer-class": "F"}
"""Step that asks for a class → the class of what burns there."""
BS_7863 = {
    "water": "red", "foam": "cream", "powder": "blue", "carbon dioxide": "black",
    "wet chemical": "yellow",
}  # fmt: skip
SUITS = {"water": "A", "foam": "AB", "powder": "ABC", "carbon dioxide": "B", "wet chemical": "AF"}
"""Extinguisher → the classes that both sources give it, and `LIVE` those for what is under voltage
(powder is as well, and is left out on the plate, as it ruins what it falls on)."""
LIVE = {"carbon dioxide", "powder"}


def right(step: Step) -> str:
    """Return the answer that a step takes: an option's id, or a thing."""
    return next((one.id for one in step.options if one.right), step.target)


@pytest.mark.parametrize(("step", "letter"), FUELS.items())
def test_each_fire_is_of_the_class_that_en_2_gives_it(step: str, letter: str) -> None:
    asked = COURSE.step(step)
    assert right(asked) == letter.lower()
    assert asked.right.startswith(f"Class {letter}: {EN_2[letter]}")
    for option in asked.options:
        assert option.text == f"{option.id.upper()} · {EN_2[option.id.upper()]}"


def test_no_class_is_one_of_electricity_and_none_is_named_that_there_is_not() -> None:
    told = " ".join((step.prompt + step.right + step.wrong) for step in COURSE.steps())
    assert set(re.findall(r"[Cc]lass ([A-Z])\b", told)) <= set(EN_2)
    letters = {
        letter for _, classes in USES.values() for letter in re.findall(r"\b[A-Z]\b", classes)
    }
    assert letters <= set(EN_2)


def test_plates_name_the_classes_that_an_extinguisher_is_for() -> None:
    for name, (_, classes) in USES.items():
        assert "".join(re.findall(r"\b[A-Z]\b", classes)) == SUITS[name], name
        assert name in LIVE or "live" not in classes


def test_what_is_right_to_take_suits_the_fire_that_it_is_taken_for() -> None:
    assert [name for name, suits in SUITS.items() if "F" in suits] == [right(COURSE.step("fryer"))]
    assert right(COURSE.step("fryer")) == "wet chemical"
    foam = right(COURSE.step("tray"))
    assert foam == "foam" and "B" in SUITS[foam]
    assert right(COURSE.step("cabinet")) == "carbon dioxide" and "carbon dioxide" in LIVE
    assert not set(COURSE.step("cabinet").decoys) & LIVE - {"powder"}
    assert BURNS["embers"] == "bin" and "A" not in SUITS["carbon dioxide"]
    out = {name for name, (level, _, _) in TRIED.items() if level == 0}
    assert out == {name for name, suits in SUITS.items() if "B" in suits}, "petrol is of class B"
    assert [right(COURSE.step(f"test-{what}")) for what in ("fryer", "server")] == ["wet", "co2"]


def test_bands_are_those_of_bs_7863_on_bodies_that_are_red() -> None:
    assert BANDS == BS_7863
    for name, band in BS_7863.items():
        made = extinguisher(band)
        found = {tuple(np.round(color, 3)) for color in made.colors}
        for wanted in ("red", band):
            assert tuple(np.round(tone(wanted), 3)) in found, (name, wanted)
    light, hue = ({band: getattr(TONES[band], what) for band in BS_7863.values()}
                  for what in ("lightness", "hue"))  # fmt: skip
    assert light["black"] < 0.3 < light["blue"] < light["yellow"] < light["cream"]
    assert hue["red"] < 40 < hue["yellow"] < 110 < 240 < hue["blue"] < 270

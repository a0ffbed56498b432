"""The fire of the training yard: where it burns, how high, and how it answers what learners do.

It is one fire for all who are there: it answers whose turn it is.
"""

from __future__ import annotations

from typing import Final

from worldloom import Click, Component, Entity, Light, Particles, Transform, World
from worldloom.kits.academy.courses import turns
from worldloom.kits.academy.courses.course import Course
from worldloom.kits.academy.courses.events import (
    Answered,
    Asked,
    Erred,
)
from worldloom.kits.academy.courses.run import Run
from worldloom.kits.academy.courses.turns import Turn
from worldloom.kits.academy.scene.places import FIRES

SECOND_US: Final = 1_000_000
SMALL, FULL, HIGH, BALL = 0.5, 1.0, 1.9, 2.8
"""How high it burns: 1 is a metre or so."""
BURNS: Final = {
    "paper": "bin", "petrol": "tray", "fryer-class": "fryer", "fryer": "fryer",
    "cabinet": "cabinet", "tray": "tray", "embers": "bin", "order": "tray", "aim": "tray",
    "flare": "tray", "try": "tray",
}  # fmt: skip
"""Step → the fire that it is about."""
PUT_OUT: Final = {
    "fryer": "#fff3c4", "cabinet": "#f4f8fb", "tray": "#fffdf4", "order": "#fffdf4",
}  # fmt: skip
"""Steps whose right answer puts the fire out, and the colour of what comes out of the hose."""
TRIED: Final = {
    "water": (HIGH, "", "Water spreads the petrol: it burns on top of it, and higher."),
    "foam": (0.0, "#fffdf4", "Foam lies on the petrol as a film: it is out, and stays out."),
    "powder": (0.0, "#efe6c4", "Powder takes the flames at once. No film is left: it can flash "
                               "back."),
    "carbon dioxide": (0.0, "#f4f8fb", "Carbon dioxide keeps the air away while it lasts. The wind "
                                       "takes it, and it can flash back."),
    "wet chemical": (HIGH, "", "Wet chemical is made for oil and fat in a pan: petrol burns on."),
}  # fmt: skip
"""What is pressed at the step `try` → how high petrol burns then, in what colour, and what is
said: as its plate has it."""
FIREBALL: Final = ("fryer", "water")
"""Water on burning oil."""
SIZES: Final = {"tray": 0.95, "bin": 0.42, "fryer": 0.4, "cabinet": 0.34}


class Fire(Component, name="academy.Fire"):
    """Where it burns and how high; until a moment (UTC microseconds) it shows what came of it."""

    where: str = "tray"
    level: float = SMALL
    until: int = 0
    then: str = "tray"
    then_level: float = SMALL


def light_fire(world: World, course: Course) -> None:
    """Put the fire into the yard, and let it answer what happens in the course."""
    fire = world.spawn("fire", Fire(), at=FIRES["tray"])
    for name, value in flames("tray", SMALL).items():
        world.spawn(name, value, parent=fire, at=(0, 0, 0))
    world.spawn("smoke", smoke("tray", SMALL), parent=fire, at=(0, 0.9, 0))
    world.spawn("glow", glow(SMALL), parent=fire, at=(0, 0.7, 0))
    world.spawn("mist", mist("#ffffff", 0), parent=fire, at=(0, 0.2, 0))

    answers = turns.share(world, course, lambda run: burn(fire, *as_of(run)))

    @world.on(Asked)
    def show_the_fire_asked_about(event: Asked) -> None:
        """Let what a step is about burn, once what came of the last one has been seen."""
        where = BURNS.get(event.step)
        if where is None or not answers(event):
            return
        level = HIGH if event.step == "flare" else FULL
        now = fire[Fire]
        if now.until > world.now:
            fire.update(Fire, then=where, then_level=level)
        else:
            burn(fire, where, level)

    @world.on(Answered)
    def put_it_out(event: Answered) -> None:
        """Let the right thing put it out."""
        color = PUT_OUT.get(event.step)
        if color and event.right and answers(event):
            burn(fire, BURNS[event.step], 0.0, until=world.now + 3 * SECOND_US)
            world["mist"][Particles] = mist(color, 500)

    @world.on(Erred)
    def let_it_grow(event: Erred) -> None:
        """Let the wrong thing feed it, and water on oil throw it out."""
        where = BURNS.get(event.step)
        if where and answers(event):
            level = BALL if (event.step, event.given) == FIREBALL else HIGH
            burn(fire, where, level, until=world.now + 2 * SECOND_US)

    @world.on(Click)
    def let_them_try(click: Click) -> None:
        """Show what each extinguisher does, to who tries them as they like; nothing counts."""
        visitor, tried = click.visitor, TRIED.get(click.entity.name)
        run = turns.run_of(world, course, visitor.account)
        if tried is None or run is None or not run.is_open or run.step != "try":
            return
        level, color, told = tried
        visitor.tell(told)
        turn = turns.take(world, course, visitor.account)
        if turn is Turn.NONE:
            return
        if turn is Turn.NEW:
            burn(fire, *as_of(run))
        burn(fire, BURNS["try"], level, until=world.now + 3 * SECOND_US)
        world["mist"][Particles] = mist(color or "#ffffff", 500 if color else 0)

    @world.every(0.5)
    def go_back() -> None:
        """Burn on as the next step asks, once what came of the last one has been seen."""
        now = fire[Fire]
        if now.until and world.now >= now.until:
            world["mist"][Particles] = mist("#ffffff", 0)
            burn(fire, now.then, now.then_level)


def as_of(run: Run | None) -> tuple[str, float]:
    """Return where it burns and how high at the step that is before a learner; low for nobody."""
    where = BURNS.get(run.step) if run else None
    if run is None or where is None:
        return "tray", SMALL
    return where, HIGH if run.step == "flare" else FULL


def burn(fire: Entity, where: str, level: float, until: int = 0) -> None:
    """Let it burn somewhere; with `until` only for a while, and then again as it should."""
    back = max(fire[Fire].then_level, SMALL) if until else level
    fire[Fire] = Fire(where, level, until, where, back)
    fire[Transform] = Transform(FIRES[where])
    for child in fire.children:
        if child.name in ("flames", "core"):
            child[Particles] = flames(where, level)[child.name]
        elif child.name == "smoke":
            child[Particles] = smoke(where, level)
            child[Transform] = Transform((0.0, 0.4 + 0.6 * level, 0.0))
        elif child.name == "glow":
            child[Light] = glow(level)


def flames(where: str, level: float) -> dict[str, Particles]:
    """Return the flames and their hotter core at a height."""
    wide, high = SIZES[where] * (0.75 + 0.25 * level), 0.7 + 0.9 * level
    return {
        "flames": Particles(
            round(300 * level), "#ff5a12", 0.2 * (0.6 + 0.4 * level) * (0.6 + wide / 2),
            (wide, 0.06, wide), (0.0, high, 0.0), 0.16 + 0.1 * level, -0.5, 0.75, True, 3,
        ),
        "core": Particles(
            round(160 * level), "#ffb13d", 0.13 * (0.6 + 0.4 * level) * (0.6 + wide / 2),
            (wide * 0.6, 0.05, wide * 0.6), (0.0, high * 0.8, 0.0), 0.1, -0.4, 0.5, True, 7,
        ),
    }  # fmt: skip


def smoke(where: str, level: float) -> Particles:
    """Return its smoke: darker and higher the more burns; none when it is out."""
    wide = SIZES[where]
    return Particles(
        round(90 * level), "#77706a", 0.55 + 0.2 * level, (wide, 0.2, wide), (0.18, 1.0, 0.0),
        0.22, -0.05, 3.2, False, 5,
    )  # fmt: skip


def glow(level: float) -> Light:
    """Return the light that it throws."""
    return Light(color="#ff9440", intensity=round(26 * level, 1), reach=9.0)


def mist(color: str, count: int) -> Particles:
    """Return what the extinguisher throws on it."""
    return Particles(
        count, color, 0.2, (0.9, 0.25, 0.9), (0.0, 0.35, 0.0), 0.55, 0.25, 1.8, False, 9
    )

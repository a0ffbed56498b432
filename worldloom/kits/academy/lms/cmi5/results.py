"""What came of courses from elsewhere: each learner sees their own, and instructors everybody's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from worldloom import Panel, Visitor, Widget, World
from worldloom.kits.academy.instructors import Instructors
from worldloom.kits.academy.lms.cmi5.enrolment import Enrolment
from worldloom.kits.academy.lms.limits import LMS_LIMITS as LIMITS

SHOWN: Final = ("Learner", "Course", "Unit", "Came to", "Score")
TOLD: Final = "academy.content.told"
"""Where presence has what each was shown last, by visitor; instructors' own is under nothing."""
Named = Mapping[str, tuple[str, str]]
"""Unit → what it and its course are called."""


class Results:
    """The panel of instructors, and what stands on each learner's cards."""

    def __init__(
        self, world: World, instructors: Instructors, units: Named, cards: Widget[Any]
    ) -> None:
        self.world, self.instructors, self.cards = world, instructors, cards
        self.units = units
        self.panel = world.use(
            Panel("Courses from elsewhere: the group", id="content-group", for_=instructors.role,
                  shown=False)
        )  # fmt: skip
        self.table = self.panel.table(
            list(SHOWN), [["–"] * len(SHOWN)], label="What came of them", id="results"
        )

        @world.every(2)
        def show_results() -> None:
            """Show who is here now what is so."""
            self.renew()

    def take(self, units: Named) -> None:
        """Show, inside a handler, what came of these units from now on."""
        self.units = units
        self.world.presence[TOLD] = {}
        self.renew()

    def renew(self) -> None:
        """Show what is new, inside a handler, to whom it is about and to instructors."""
        world = self.world
        told: dict[str, Any] = dict(world.presence.get(TOLD, {}))
        before, here = dict(told), world.visitors
        by_learner: dict[str, list[Enrolment]] = {}
        for entity in world.find(Enrolment):
            held = entity[Enrolment]
            by_learner.setdefault(held.learner, []).append(held)
        for visitor in here:
            self._show_own(visitor, by_learner.get(visitor.account, ()), told)
        watching = [one for one in here if self.instructors.has(one.standing)]
        if watching and by_learner:
            rows = self._rows(by_learner)
            news = rows, frozenset(one.id for one in watching)
            if told.get("") != news:
                told[""] = news
                self.table.set(data=(list(SHOWN), rows))
                for visitor in watching:
                    self.panel.show(visitor)
        kept = {"", *(one.id for one in here)}
        if told != before:
            world.presence[TOLD] = {id: value for id, value in told.items() if id in kept}

    def _show_own(self, visitor: Visitor, held: Sequence[Enrolment], told: dict[str, Any]) -> None:
        """Show a learner on each unit's card how they stand."""
        mine = {unit: words(*stand) for one in held for unit, stand in standings(one).items()}
        if told.get(visitor.id, {}) != mine:
            told[visitor.id] = mine
            stands = {at: mine[unit] for at, unit in enumerate(self.units) if unit in mine}
            self.cards.set(visitor, data=cards(list(self.units.values()), stands))

    def _rows(self, by_learner: Mapping[str, Sequence[Enrolment]]) -> list[list[str]]:
        """Return a row for each learner and unit: those whose newest launch is newest first."""
        every = [held for one in by_learner.values() for held in one]
        every.sort(key=lambda held: -held.launched)
        found = []
        for held in every:
            for unit, (came, score) in standings(held).items():
                if unit in self.units:
                    title, course = self.units[unit]
                    told = "–" if score is None else f"{score:.0%}"
                    found.append([self._name(held.learner), course, title, came, told])
        return found[: LIMITS.shown_results_max]

    def _name(self, account: str) -> str:
        """Return what a learner is called here now, or wants to be called."""
        here = next((one.name for one in self.world.visitors if one.account == account), "")
        return here or self.world.step.desk.people.about(account).name or account


def standings(held: Enrolment) -> dict[str, tuple[str, float | None]]:
    """Return unit → how far a learner came with it, and the score that it gave: pure."""
    scores, verbs = dict(held.scores), held.verbs()
    units = dict.fromkeys((*verbs, *((held.unit,) if held.unit else ())))
    return {unit: (_came(held, unit, verbs.get(unit, set())), scores.get(unit)) for unit in units}


def words(came: str, score: float | None) -> str:
    """Return how someone stands, in words."""
    return came if score is None else f"{came}, {score:.0%}"


def cards(named: Sequence[tuple[str, str]], stands: Mapping[int, str]) -> list[dict[str, Any]]:
    """Return a card for each unit; of those that were begun with what came of it."""
    return [
        {"title": title, "text": f"{course} · {stands[at]}" if at in stands else course,
         "key": str(at), "label": "Start again" if at in stands else "Start"}
        for at, (title, course) in enumerate(named)
    ]  # fmt: skip


def _came(held: Enrolment, unit: str, verbs: set[str]) -> str:
    done: list[str] = [verb for verb in ("waived", "completed", "passed") if verb in verbs]
    if "failed" in verbs and "passed" not in verbs:
        done.append("failed")
    open_now = held.unit == unit and not held.over
    if open_now and "initialized" in held.seen:
        done.append("under way")
    return ", ".join(done) or ("launched" if open_now else "left")

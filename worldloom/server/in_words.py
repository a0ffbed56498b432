"""A world as a page in words, before its scripts run and for programs that read pages."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Final

from worldloom.kernel.live import LiveWorld
from worldloom.presence.surroundings import Thing, around, start_of
from worldloom.sync.messages import ActionRow

LISTED_MAX: Final = 200
"""Things on the page before its scripts run; they show the rest."""


def in_words(live: LiveWorld, people: Iterable[str], actions: Iterable[ActionRow]) -> str:
    """Return the HTML of what is here, who, and what can be done, seen from where one comes in."""
    here, yaw = start_of(live.state)
    things = around(live.state, here, yaw)
    return "\n".join(
        (
            f"<header><h1>{escape(live.world.title or live.name)}</h1>"
            f'<a href="/w/{escape(live.name)}">See it in 3D</a></header>',
            _part("things", "What is here", map(_thing, things[:LISTED_MAX])),
            _part("people", "Who is here", map(escape, people)),
            _part("deeds", "What can be done", map(_deed, actions)),
        )
    )


def _part(id: str, title: str, rows: Iterable[str]) -> str:
    listed = "".join(f"<li>{row}</li>" for row in rows) or "<li>Nothing and nobody.</li>"
    return (
        f'<section id="{id}" aria-labelledby="{id}-title"><h2 id="{id}-title">{title}</h2>'
        f"<ul>{listed}</ul></section>"
    )


def told(thing: Thing) -> tuple[str, str]:
    """Return what a thing is called and where it is, and what else there is to say of it."""
    way = "right here" if thing.direction == "here" else f"{thing.distance:.0f} m {thing.direction}"
    return f"{thing.title}, {way}", thing.about if thing.about != thing.title else ""


def who_is(name: str, agent: bool) -> str:
    """Return what somebody is called, and whether they are a program."""
    return f"{name}, an agent" if agent else name


def deed(action: ActionRow) -> tuple[str, str]:
    """Return what can be done, and what that is."""
    return action.name.replace("_", " ").capitalize(), action.doc.partition("\n")[0]


def _thing(thing: Thing) -> str:
    line, about = told(thing)
    return f"<p>{escape(line)}</p>" + (f"<p>{escape(about)}</p>" if about else "")


def _deed(action: ActionRow) -> str:
    name, first = deed(action)
    return f"<p>{escape(name)}</p><p>{escape(first)}</p>"

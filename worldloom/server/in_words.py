"""A world as a page in words, before its scripts run and for programs that read pages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Final

from worldloom.kernel.live import LiveWorld
from worldloom.kernel.state import State
from worldloom.presence.surroundings import Thing, around, start_of
from worldloom.sync.messages import ActionRow

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
SEQ_DIGITS_MAX: Final = 15
FIRST: Final = "As it was before all else."
LISTED_MAX: Final = 200
"""Things on the page before its scripts run; they show the rest."""


def in_words(
    live: LiveWorld, people: Iterable[str], actions: Iterable[ActionRow], missing: int | None = None
) -> str:
    """Return the HTML of what is here, who, and what can be done, seen from where one comes in.

    `missing`: the seq of a moment that was asked for and is not there.
    """
    told = "" if missing is None else f"There is no moment {missing} yet: it is told of now."
    return _page(
        _head(live, live.name, told),
        _part("things", "What is here", things_of(live.state)),
        *_who_and_what("", people, actions),
    )


def moment_in(asked: str) -> int | None:
    """Return the seq that an address names, as the page's scripts read it; None: now."""
    named = asked.isascii() and asked.isdigit() and len(asked) <= SEQ_DIGITS_MAX
    return int(asked) if named else None


def as_it_was(
    live: LiveWorld, then: State, people: Iterable[str], actions: Iterable[ActionRow]
) -> str:
    """Return the same of a moment, and what of it is of now."""
    when = EPOCH + timedelta(microseconds=then.time)
    told = f"As it was after record {then.seq}, {when:%d %B %Y, %H:%M:%S} UTC."
    told += ""
    return _page(
        _head(live, f"{live.name}?seq={then.seq}", told if then.seq else FIRST),
        _part("things", "What was here", things_of(then)),
        *_who_and_what(" now", people, actions),
    )


def _head(live: LiveWorld, picture: str, told: str = "") -> str:
    name = escape(live.name)
    note = f'<p>{escape(told)} <a href="/w/{name}/text">Back to now</a></p>' if told else ""
    return (
        f"<header><h1>{escape(live.world.title or live.name)}</h1>"
        f'<a href="/w/{escape(picture)}">See it in 3D</a>{note}</header>'
    )


def _who_and_what(now: str, people: Iterable[str], actions: Iterable[ActionRow]) -> tuple[str, str]:
    return (
        _part("people", f"Who is here{now}", map(escape, people)),
        _part("deeds", f"What can be done{now}", map(_deed, actions)),
    )


def things_of(state: State) -> Iterator[str]:
    """Yield the HTML of what is there, nearest first to where one comes in."""
    return map(_thing, around(state, *start_of(state))[:LISTED_MAX])


def _page(*parts: str) -> str:
    return "\n".join(parts)


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

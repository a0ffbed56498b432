"""Forgetting a person: the key goes, and every world where they were takes note of it."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from worldloom.kernel.forking import Forks
from worldloom.kernel.live import Sealed
from worldloom.kernel.people import LOCAL
from worldloom.kernel.records import Forgot, encode_payload
from worldloom.kernel.step import Step
from worldloom.kernel.world import RESERVED

FORGOT: Final = "Forgot"


class Forgotten(Struct, frozen=True):
    """What came of it; it is so once the group is durable."""

    person: str
    worlds: list[str]
    """Where they were, forks included."""
    plain: int
    """Records of before format 3 with plain words of theirs: hidden from now on, but not gone."""
    group: Sealed


class Oblivion(Forks):
    """Forgets people."""

    def known(self, person: str) -> bool:
        """Tell whether an account has ever left anything here."""
        return bool(self._homes(person)) or person in self.people.state.by_name

    def forget(self, person: str, by: str = LOCAL) -> Forgotten:
        """Destroy a person's key, and take away their roles, tokens and kept answers.

        The account's id stays where it stands, as a name that says nothing. The group's durability
        is the moment; raises Unavailable.
        """
        if self._people.lost:
            self._revive(self._people)
        self._check_room()
        plain = sum(home.plain for home in self.store.homes(person))
        worlds = self.where(person)
        for name in worlds:
            self.world(name)  # before the time is taken: one that slept may be ahead of it
        step = Step(self, self._clock(), by, f"forget:{by}")
        people = self.people.draft(step)
        people.bound = True  # nothing here could be undone anyway
        self.people.forget(step, person)
        payload = encode_payload(Forgot(person))
        people.add(FORGOT, 1, payload)
        for name in worlds:
            step.draft(name, self.world(name).state).add(FORGOT, 1, payload)
        sealed = self._seal(step, self._people)
        assert sealed is not None, "there is a record at least"
        sealed.group.forgets = (person,)
        self.keys.drop(person)
        return Forgotten(person, worlds, plain, sealed)

    def where(self, person: str) -> list[str]:
        """Return the worlds in whose log, shared records included, a person's data stand."""
        homes = self._homes(person)
        heads = {head.id: head for head in self.store.streams()}
        found = []
        for head in heads.values():
            stream, until = head, head.seq
            while head.name not in RESERVED:
                if homes.get(stream.id, until + 1) <= until or stream is head and head.id in homes:
                    found.append(head.name)
                    break
                if not stream.parent:
                    break
                stream, until = heads[stream.parent], min(until, stream.fork)
        return [name for name in found if name in self._names]

    def _homes(self, person: str) -> dict[int, int]:
        """Return stream → first seq, of what is kept and of what is on its way."""
        found = {home.stream: home.seq for home in self.store.homes(person)}
        for sealed in self._pending:
            for owner in sealed.group.owners:
                if owner.person == person:
                    found.setdefault(owner.stream, owner.seq)
        return found

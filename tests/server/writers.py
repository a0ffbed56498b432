"""Those who write while a server is killed, and what must stand because they were answered."""

from __future__ import annotations

import http.client
import threading
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from tests.server.asking import Browser, Reply, Site

DEEDS_A_THING = 8
"""A builder's deeds on one thing: it is spawned, then set again and again."""
TABLE_SECONDS = 60
"""A table follows its log; it does so at once, but not in the same moment."""

Row = dict[str, Any]


@dataclass
class Known:
    """What was acknowledged, and all that was asked for, over every round."""

    seqs: set[int] = field(default_factory=set)
    kept: dict[int, str] = field(default_factory=dict)
    """Seq → what was said."""
    asked: set[str] = field(default_factory=set)
    things: dict[str, set[str | None]] = field(default_factory=dict)
    """Name → the texts it may bear now; None: it may be absent."""

    def check_said(self, found: dict[int, str]) -> None:
        """Compare what the log says was said; what stood once stands for ever."""
        assert self.kept.items() <= found.items()
        assert set(found.values()) <= self.asked
        assert len(set(found.values())) == len(found), "an action was done twice"
        self.kept = found

    def check_things(self, found: dict[str, dict[str, Any]]) -> None:
        """Compare the things of the state; what was unanswered is decided from now on."""
        built = {name: cells for name, cells in found.items() if name != "lantern"}
        assert built.keys() <= self.things.keys(), "nobody asked for it"
        for name, may in self.things.items():
            text = built[name]["Annotation"]["text"] if name in built else None
            assert text in may, f"{name} bears {text}, not one of {may}"
            self.things[name] = {text}


class Writer(threading.Thread):
    """Does one deed after another until the line is cut; remembers what was acknowledged."""

    def __init__(self, browser: Browser, name: str) -> None:
        super().__init__(daemon=True)
        self.browser = browser
        self.prefix = name
        self.mine = Known()
        self.stopped = threading.Event()
        self.refused: Reply | None = None

    def run(self) -> None:
        number = 0
        while not self.stopped.is_set() and self.refused is None:
            number += 1
            try:
                self.deed(number)
            except (OSError, http.client.HTTPException, ValueError):
                return  # not answered, or only half

    def deed(self, number: int) -> None:
        raise NotImplementedError

    def act(self, action: str, **args: Any) -> int | None:
        """Return the seq of the answer, which is the acknowledgement; None for a refusal."""
        reply = self.browser.act("hello", action, **args)
        if reply.status != 200:
            self.refused = reply
            return None
        seq: int = reply.json["seq"]
        self.mine.seqs.add(seq)
        return seq

    def end(self, known: Known) -> None:
        """Stop, and add what this writer knows to what is known."""
        self.stopped.set()
        self.join()
        assert self.refused is None, self.refused
        assert not known.seqs & self.mine.seqs, "a seq was acknowledged twice"
        known.seqs |= self.mine.seqs
        known.kept |= self.mine.kept
        known.asked |= self.mine.asked
        known.things |= self.mine.things


class Speaker(Writer):
    """Says numbers."""

    def deed(self, number: int) -> None:
        text = f"{self.prefix}-{number}"
        self.mine.asked.add(text)
        if seq := self.act("say", text=text):
            self.mine.kept[seq] = text


class Builder(Writer):
    """Spawns things and sets their text, each deed another one."""

    def deed(self, number: int) -> None:
        name, text = f"{self.prefix}-{(number - 1) // DEEDS_A_THING}", str(number)
        before = self.mine.things.get(name, {None})
        self.mine.things[name] = {*before, text}  # until the answer comes
        fields = {"text": text}
        if before == {None}:
            done = self.act("spawn", name=name, components={"Annotation": fields})
        else:
            done = self.act("set", entity=name, component="Annotation", fields=fields)
        if done:
            self.mine.things[name] = {text}


def speeches_of(said: dict[int, str]) -> list[Row]:
    """Return the rows of the table `speeches`, as what was said makes them."""
    rows: dict[str, Row] = {}
    for seq, text in sorted(said.items()):
        who = text.rpartition("-")[0]
        times = rows[who]["times"] if who in rows else 0
        rows[who] = {"who": who, "times": times + 1, "last": seq}
    return sorted(rows.values(), key=lambda row: str(row["who"]))


def rows_of(site: Site) -> list[Row]:
    """Return all rows of the table `speeches` once it has read the whole log."""
    head = site.nobody.get("/api/worlds/hello").json["seq"]
    until = time.monotonic() + TABLE_SECONDS
    while True:
        rows: list[Row] = []
        after, seq = "", head
        while True:
            page = site.owner().get(f"/api/worlds/hello/tables/speeches?limit=1000{after}").json
            rows += page["rows"]
            seq = min(seq, page["seq"])
            if "next" not in page:
                break
            after = f"&after={quote(page['next'])}"
        if seq >= head:
            return rows
        assert time.monotonic() < until, f"the table stands at {seq} of {head}"
        time.sleep(0.05)

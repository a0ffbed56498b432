"""What a check of a realm file found, as a program and as a person reads it."""

from __future__ import annotations

from msgspec import Struct, field


class SavedRoot(Struct, frozen=True):
    """A saved answer of `GET /api/worlds/{w}`, as far as a file is checked against it."""

    seq: int
    root: str
    name: str = ""
    title: str = ""
    state_hash: str = ""


class StreamReport(Struct):
    """What was found in one stream: the last good seq with its hashes (hex), or where it fails."""

    name: str
    seq: int = 0
    root: str = ""
    state_hash: str = ""
    first_bad_seq: int | None = None
    why: str = ""
    root_at_saved: str = ""
    """The root at the seq of the saved answer that the file is checked against."""

    def fail(self, why: str, seq: int | None = None) -> None:
        """Name the first bad seq, once: the record after the last good one unless told."""
        if self.first_bad_seq is None:
            self.first_bad_seq = self.seq + 1 if seq is None else seq
            self.why = why


class Report(Struct):
    """What was found in a file; `problems` are those outside the records."""

    path: str
    streams: list[StreamReport] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether every byte that is hashed is what was written."""
        return not self.problems and all(s.first_bad_seq is None for s in self.streams)

    def lines(self) -> list[str]:
        """Return the report as people read it."""
        told = [
            f"{s.name}: {s.seq} records are good, root {s.root}"
            if s.first_bad_seq is None
            else f"{s.name}: first bad seq {s.first_bad_seq}: {s.why}"
            for s in self.streams
        ]
        return told + self.problems

    def compare(self, saved: SavedRoot) -> None:
        """Compare with a root that somebody kept: the only way to see that a tail is missing."""
        worlds = [s for s in self.streams if s.name == saved.name or not saved.name]
        if any(stream.root_at_saved == saved.root for stream in worlds):
            return
        label = saved.name or saved.title or "the saved world"
        if len(worlds) != 1:
            worlds = [stream for stream in worlds if stream.name == saved.title]
        if len(worlds) != 1:
            self.problems.append(f"no world has the saved root of {label} at seq {saved.seq}")
        elif worlds[0].seq < saved.seq:
            worlds[0].fail(f"the tail is missing: a root was saved at seq {saved.seq}")
        else:
            worlds[0].fail("another history than the saved root's, here or before", saved.seq)

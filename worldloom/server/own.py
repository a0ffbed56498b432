"""What in a world's log is a person's own, and how it is told to that person.

Own is what one did, and what is sealed under one's key or, in private, is told of one by one's own
deeds or the world's. What others said of one is theirs, and so are the words sealed under their
keys; what names nobody, such as a hidden answer, is the world's.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Final

import msgspec

from worldloom.kernel.agents import person_of
from worldloom.kernel.events import Entered
from worldloom.kernel.personal import BOX_EXT, opened
from worldloom.kernel.recording import TRACKED, unpack_poses
from worldloom.kernel.records import Record, describe, hidden
from worldloom.kernel.schema import PRIVATE_MARK, plain
from worldloom.kernel.sealing import FORM, ID_BYTES, Box, Vault, open_box
from worldloom.kernel.step import NOBODY
from worldloom.server.api import describe_record
from worldloom.server.recordings import PLACED, columns_told
from worldloom.sync.recorder import metres

ENTERED: Final = Entered.__kind__.name
EVIDENCE: Final = "evidence:"
"""The cause of what is kept for a report: to tell of it would tell who reported whom."""
SECRETS: Final = frozenset({"token"})
"""Fields that are for the server alone: what a learning platform gave it for somebody."""


class Own:
    """Tells one account of its own records in one world, read from the oldest on."""

    def __init__(self, account: str, vault: Vault) -> None:
        self._account = account
        self._vault = vault
        key = vault.key_of(account)
        self._head = b"" if key is None else FORM + key[0].to_bytes(ID_BYTES, "big")
        self._names = {account}
        """By which a record may name this account: itself, and its visits so far."""

    def tell(self, record: Record) -> dict[str, Any] | None:
        """Return a record as JSON has it, or None where it is not one's own."""
        by_me = person_of(record.actor) == self._account
        if record.cause.startswith(EVIDENCE):
            return None
        if by_me and not hidden(record):
            told = describe_record(record, self._vault)
            if record.kind == ENTERED:
                self._names.add(told["data"]["visitor"])
            return told
        component = record.kind == "Changed"
        payload = plain(record.payload)[3] if component else record.payload
        mine, others = self._boxes(payload)
        is_own = mine and (by_me or not others)
        by_nobody = by_me or record.actor in NOBODY
        if not is_own and not (hidden(record) and by_nobody and self._is_named(plain(payload))):
            return None
        data, shut = opened(payload, self._open)
        if isinstance(data, dict):
            data = {name: value for name, value in data.items() if name not in SECRETS}
        if record.kind == TRACKED and data["poses"] is not None:
            data["poses"] = way(data["poses"])
        told = {
            "seq": record.seq,
            "group": record.group,
            "time": record.time,
            "actor": record.actor,
            "cause": record.cause,
            "kind": record.kind.removeprefix(PRIVATE_MARK),
            "version": record.version,
            "data": {**describe(record), "data": data} if component else data,
            "hash": record.hash.hex(),
        }
        if component:
            told["data"]["component"] = told["data"]["component"].removeprefix(PRIVATE_MARK)
        others_words = [name for name in shut if name not in SECRETS]
        return {**told, "others": others_words} if others_words else told

    def _open(self, box: Box) -> bytes | None:
        return open_box(self._vault, box) if self._is_mine(box) else None

    def _is_mine(self, box: Box) -> bool:
        return bool(self._head) and box.startswith(self._head)

    def _boxes(self, payload: bytes) -> tuple[bool, bool]:
        """Tell whether something is sealed for this account, and whether for others."""
        found: set[bool] = set()
        msgspec.msgpack.decode(payload, ext_hook=partial(self._note, found))
        return True in found, False in found

    def _note(self, found: set[bool], code: int, data: memoryview) -> None:
        if code == BOX_EXT:
            found.add(self._is_mine(bytes(data)))

    def _is_named(self, data: Any) -> bool:
        if isinstance(data, dict):
            return any(map(self._is_named, data.values()))
        if isinstance(data, list):
            return any(map(self._is_named, data))
        return isinstance(data, str) and data in self._names


def way(poses: bytes) -> dict[str, Any]:
    """Return a track's samples as JSON has them: UTC microseconds, metres, and radians."""
    times, columns = unpack_poses(poses)
    return {"t_us": times.tolist(), **columns_told(metres(columns), columns[PLACED:])}

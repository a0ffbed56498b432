"""`GET /api/auth/export`: all that is kept of a person here, as JSON and files in one ZIP."""

from __future__ import annotations

import asyncio
import os
import re
import tempfile
import zipfile
from typing import Any

import msgspec
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from worldloom.kernel.book import STREAM
from worldloom.kernel.errors import NotSignedIn, OverLimit
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.records import read
from worldloom.kernel.safety import bonds_of
from worldloom.server import devices
from worldloom.server.house import House
from worldloom.server.own import Own
from worldloom.server.persons import PersonsApi
from worldloom.server.replies import PLAIN_HEADERS
from worldloom.server.tokens import shown
from worldloom.server.uploads import SOURCE

ASSETS = re.compile(rb"[0-9a-f]{64}").findall
ENDINGS = {
    "model/gltf-binary": "glb", "model/vrm": "vrm", "image/png": "png", "image/jpeg": "jpg",
    "image/webp": "webp", "audio/mpeg": "mp3", "audio/ogg": "ogg", "audio/wav": "wav",
}  # fmt: skip


class ExportApi:
    """The endpoint."""

    def __init__(self, house: House, persons: PersonsApi) -> None:
        self._house = house
        self._persons = persons
        self._store = house.engine.store
        self._busy = asyncio.Lock()

    async def export(self, request: Request) -> Response:
        """Return a ZIP: account.json, what the caller did in each world, and the files of it."""
        who = self._house.doorkeeper.identify(request.headers)
        if who.by != "cookie":
            raise NotSignedIn("only a person at the page does this", "open the page first")
        if self._busy.locked():
            raise OverLimit("somebody else is being served", "try again", retry_after_seconds=5)
        self._house.pay(who.account, request)
        people = self._house.engine.realm.people
        about = {
            **self._persons.describe(who),
            "roles": people.roles(who.account),
            "tokens": [shown(who.account, token) for token in people.tokens(who.account)],
            "devices": [devices.shown(who.account, one) for one in people.devices(who.account)],
            "others": msgspec.structs.asdict(bonds_of(people.state, who.account)),
        }
        async with self._busy:
            await self._house.engine.durable(STREAM)
            path = await asyncio.to_thread(self._write, who.account, about)
        headers = {
            **PLAIN_HEADERS,
            "Cache-Control": "no-store",
            "Content-Disposition": 'attachment; filename="worldloom-account.zip"',
        }
        gone = BackgroundTask(os.unlink, path)
        return FileResponse(path, 200, headers, "application/zip", gone)

    def _write(self, account: str, about: dict[str, Any]) -> str:
        """Write the ZIP beside other temporary files; return its path."""
        handle, path = tempfile.mkstemp(suffix=".zip")
        files: set[str] = set()
        with os.fdopen(handle, "wb") as file, zipfile.ZipFile(file, "w") as packed:
            data = msgspec.json.encode(about)
            files.update(name.decode() for name in ASSETS(data))
            packed.writestr("account.json", msgspec.json.format(data))
            for head in self._store.streams():
                if head.name == STREAM:
                    continue
                done = self._deeds(head.id, head.fork, head.seq, account)
                if done:
                    data = msgspec.json.encode(done)
                    files.update(name.decode() for name in ASSETS(data))
                    packed.writestr(f"worlds/{head.name}.json", msgspec.json.format(data))
            self._pack(packed, files)
        return path

    def _deeds(self, stream: int, after: int, until: int, account: str) -> list[dict[str, Any]]:
        """Return the records that are an account's own, with its words opened."""
        own = Own(account, self._store)
        told = map(own.tell, read(self._store.records(stream, after, until)))
        return [record for record in told if record is not None]

    def _pack(self, packed: zipfile.ZipFile, files: set[str]) -> None:
        """Add the files, as long as there is room for them."""
        room = LIMITS.personal_export_bytes_max
        for sha in sorted(files):
            known = self._store.asset(sha)
            if known is None or known[0] == SOURCE or known[1] > room:
                continue
            room -= known[1]
            name = f"files/{sha}.{ENDINGS.get(known[0], 'bin')}"
            packed.writestr(name, b"".join(self._store.read_asset(sha)))

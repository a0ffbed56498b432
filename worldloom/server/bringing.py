"""`POST /api/worlds/import`: a world comes from a `.loom` file that the realm's owner sends."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from worldloom.kernel.errors import Invalid, OverLimit, WorldloomError
from worldloom.kernel.limits import LIMITS
from worldloom.server.auth import Who, check_origin
from worldloom.server.carrying import bring, reveal, settle
from worldloom.server.house import House
from worldloom.server.replies import Json, too_large


class BringingApi:
    """The endpoint."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._one = asyncio.Lock()
        """Held while a world is copied in: a slow sender keeps nobody waiting."""
        self._coming = 0

    async def bring(self, request: Request) -> Response:
        """Take in a world with its whole history, every hash checked; its code is not run."""
        self._house.pay(self._sender(request).account, request)
        name = request.query_params.get("name") or None
        world = request.query_params.get("world") or None
        worlds = self._house.worlds
        if name is not None:
            worlds.check_free(name)
        if len(worlds.names()) >= LIMITS.worlds_max:
            raise OverLimit(f"a realm has at most {LIMITS.worlds_max} worlds", too_large=True)
        if self._coming >= LIMITS.world_files_max:
            raise OverLimit("other files come in just now", "try again", retry_after_seconds=5)
        self._coming += 1
        path = Path(tempfile.mkdtemp()) / "world.loom"
        try:
            await _receive(request, path)
            store = self._house.engine.store
            async with self._one:
                self._sender(request)  # who lost the right while they sent it, brings nothing
                # Under a kit's name the kit's code would run on what a stranger's file holds.
                moved = await asyncio.to_thread(bring, path, store, world, name, worlds.kits)
        except WorldloomError as error:
            raise _of_the_file(error, str(path)) from None
        finally:
            self._coming -= 1
            await asyncio.to_thread(shutil.rmtree, path.parent, ignore_errors=True)
        await self._house.engine.kept(settle(self._house.engine.realm, moved))
        reveal(self._house.engine.realm, moved)
        where = {"Location": f"/api/worlds/{moved['world']}"}
        return Json({"name": moved["world"], **moved}, 201, where)

    def _sender(self, request: Request) -> Who:
        """Return who may bring a world; raises NotSignedIn, NotAllowed."""
        who = self._house.doorkeeper.identify(request.headers)
        check_origin(request.headers, who)
        self._house.check(who, "make_world")
        return who


def _of_the_file(error: WorldloomError, path: str) -> WorldloomError:
    """Return what its sender is told of a file: not where it lay here, nor that we are broken."""
    ours = path not in f"{error.message} {getattr(error, 'file', '')}"
    if not ours:
        error.message = error.message.replace(path, "the file").replace("the realm's", "the")
    if error.code == "log_damaged" or error.code == "store_corrupt" and not ours:
        return Invalid(error.message, "export the world again, and send that", code="bad_upload")
    return error


async def _receive(request: Request, path: Path) -> None:
    """Write a request's body into a file; raises OverLimit, Invalid."""
    size = 0
    with path.open("wb") as file:
        async for chunk in request.stream():
            size += len(chunk)
            if size > LIMITS.world_file_bytes_max:
                raise too_large(LIMITS.world_file_bytes_max)
            file.write(chunk)
    if not size:
        raise Invalid("the file is empty", "send the .loom file as the body", code="bad_upload")

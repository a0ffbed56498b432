"""Uploads, checked and kept once; and assets, served so that nothing in them ever runs."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from worldloom.kernel.avatar import VRM
from worldloom.kernel.errors import Invalid, NotFound, OverLimit
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.ports import Store
from worldloom.server.pages import IMMUTABLE
from worldloom.server.replies import PLAIN_HEADERS, read_body
from worldloom.server.uploads import SERVED, SOURCE, UNKNOWN, check_upload
from worldloom.studio.vrm_check import check_vrm

SHA256 = re.compile(r"[0-9a-f]{64}").fullmatch
RANGE = re.compile(r"bytes=([0-9]{0,15})-([0-9]{0,15})").fullmatch
SANDBOX = "sandbox; default-src 'none'"


class Assets:
    """The two endpoints of assets."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._under_way: Counter[str] = Counter()
        """Account → its uploads of this moment."""

    async def upload(
        self, request: Request, account: str, still_may: Callable[[], object]
    ) -> dict[str, Any]:
        """Keep a body and return what it is; raises BadUpload, GlbRefused, VrmRefused, OverLimit.

        `still_may` raises where its sender has lost the right while it came. With `as=avatar` it is
        kept as a VRM that can be worn, and its licence is told.
        """
        avatar = wants_avatar(request)
        allowed = request.query_params.get("allowed", "") == "yes"
        media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        # One account leaves room for the others, even where all of its uploads are slow.
        if (
            self._under_way.total() >= LIMITS.uploads_max
            or self._under_way[account] >= LIMITS.account_uploads_max
        ):
            raise OverLimit("too many uploads at once", "try again", retry_after_seconds=2)
        self._under_way[account] += 1
        try:
            data = await read_body(request, LIMITS.asset_bytes_max)
            still_may()
            if avatar:
                about = await asyncio.to_thread(self._keep_avatar, data, allowed)
            else:
                about = await asyncio.to_thread(self._keep, data, media)
        finally:
            self._under_way[account] -= 1
            self._under_way += Counter()  # drops who has none
        return {**about, "bytes": len(data), "url": f"/assets/{about['sha256']}"}

    def _keep(self, data: bytes, media: str) -> dict[str, Any]:
        media = check_upload(data, media)
        return {"sha256": self._store.put_asset(data, media), "media": media}

    def _keep_avatar(self, data: bytes, allowed: bool) -> dict[str, Any]:
        facts = check_vrm(data, allowed)
        sha = self._store.put_asset(data, VRM)
        return {"sha256": sha, "media": VRM, "avatar": msgspec.to_builtins(facts)}

    async def read(self, request: Request) -> Response:
        """Return an asset or a part of it; it never changes, so it is asked for once."""
        sha = request.path_params["sha256"]
        known = self._store.asset(sha) if SHA256(sha) else None
        if known is None or known[0] == SOURCE:
            raise NotFound(
                "there is no such asset", "upload it by POST /api/assets", code="no_asset"
            )
        media, size = known
        headers = {
            **PLAIN_HEADERS,
            # What a world's door was sent (a learning record's attachment) may say that it is HTML.
            "Content-Type": media if media in SERVED else UNKNOWN,
            "Content-Security-Policy": SANDBOX,
            "Cache-Control": IMMUTABLE,
            "ETag": f'"{sha}"',
            "Accept-Ranges": "bytes",
        }
        held = request.headers.get("if-none-match", "")
        if f'"{sha}"' in held or held.strip() == "*":
            return Response(status_code=304, headers=headers)
        span = read_range(request.headers.get("range", ""), size)
        if span is None:
            headers["Content-Range"] = f"bytes */{size}"
            return Response(status_code=416, headers=headers)
        start, stop = span
        headers["Content-Length"] = str(stop - start)
        status = 200
        if (start, stop) != (0, size):
            status = 206
            headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
        if request.method == "HEAD":
            return Response(status_code=status, headers=headers)
        pieces: Iterator[bytes] = self._store.read_asset(sha, start, stop)
        return StreamingResponse(pieces, status, headers)


def wants_avatar(request: Request) -> bool:
    """Tell whether an upload is to be worn; raises Invalid for any other wish."""
    wish = request.query_params.get("as", "")
    if wish not in ("", "avatar"):
        raise Invalid(f"nothing is kept as {wish[:40]!r}", "leave `as` out, or say as=avatar")
    return wish == "avatar"


def read_range(header: str, size: int) -> tuple[int, int] | None:
    """Return (start, stop) of a Range header; all where it asks for nothing that is understood.

    None means that the range lies outside (416).
    """
    found = RANGE(header.strip())
    if found is None or found[1] == found[2] == "":
        return 0, size
    if found[1] == "":
        last = int(found[2])
        return (max(0, size - last), size) if last else None
    start = int(found[1])
    stop = min(int(found[2]) + 1, size) if found[2] else size
    if start >= size or stop <= start:
        return None
    return start, stop

"""The picture of a world in lists: of a builder's page, of its kit, or drawn by the server."""

from __future__ import annotations

import asyncio
from hashlib import sha256

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from worldloom.kernel.errors import OverLimit
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.live import LiveWorld
from worldloom.kernel.rights import check, deed_of
from worldloom.server.assets import SANDBOX
from worldloom.server.auth import Who, check_origin
from worldloom.server.engine import now_us
from worldloom.server.house import House
from worldloom.server.portraits import Portraits
from worldloom.server.replies import PLAIN_HEADERS, Json, read_body
from worldloom.server.uploads import IMAGES, BadUpload, check_upload
from worldloom.studio.image_headers import read_image_head

WIDTH, HEIGHT = 480, 270
HOURS = (
    # Sky above, sky below, sun or moon, far, middle and near hills: the plaza's own hours.
    ("#6fb2d8", "#d6ecef", "#fff6dc", "#9db7bd", "#7fa489", "#5d8c5f"),  # noon
    ("#8fc3d9", "#f3e7cf", "#fff3d0", "#a9b9a6", "#8fa878", "#6f8f58"),  # afternoon
    ("#8b74a8", "#f0b48e", "#ffe1b0", "#9a7f9c", "#7c6484", "#5b4a63"),  # dusk
    ("#b9a3c4", "#f6d3c1", "#fff0dc", "#c3a5ae", "#a98a92", "#80707c"),  # first light
    ("#1f3057", "#3f5c86", "#f2ead2", "#31486b", "#27405a", "#1c3145"),  # night
    ("#7fb6c4", "#e3efe6", "#fff8e4", "#93b3b4", "#6f9c9a", "#4d8082"),  # by the water
)


class PicturesApi:
    """The endpoint /api/worlds/{world}/picture."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._engine = house.engine
        self._portraits = Portraits(house.engine)

    async def show(self, request: Request) -> Response:
        """Lead to the picture, show the one that its kit brings, or draw what stands there."""
        who = self._house.doorkeeper.identify(request.headers)
        live = self._house.worlds.find(request.path_params["world"])
        self._house.check_reads(self._house.standing_in(who, live), live.name)
        asset = self._engine.realm.people.poster(live.name).asset
        if asset:
            headers = {**PLAIN_HEADERS, "Cache-Control": "no-cache"}
            return RedirectResponse(f"/assets/{asset}", 302, headers)
        headers = {**PLAIN_HEADERS, "Content-Security-Policy": SANDBOX, "Cache-Control": "no-cache"}
        still = await asyncio.to_thread(self._house.worlds.still, live.name)
        if still is not None:
            return Response(still, 200, headers, "image/webp")
        portrait = await self._portraits.of(live)
        if portrait:
            return Response(portrait, 200, headers, "image/png")
        return Response(placeholder(live.name), 200, headers, "image/svg+xml")

    async def keep(self, request: Request) -> Response:
        """Keep a PNG, JPEG or WebP of at most 1280 pixels as the picture of a world."""
        live, who = self._painter(request)
        realm = self._engine.realm
        passed = (now_us() - realm.people.poster(live.name).made) / 1e6
        if passed < LIMITS.picture_seconds_min:
            raise OverLimit(
                "this world has a new picture already", "come again later", code="too_often",
                retry_after_seconds=LIMITS.picture_seconds_min - passed,
            )  # fmt: skip
        data = await read_body(request, LIMITS.picture_bytes_max)
        self._painter(request)  # who lost the right while they sent it, keeps nothing
        asset = await asyncio.to_thread(self._checked, data)
        sealed = realm.administer(
            lambda step: realm.people.set_poster(step, live.name, asset), who.actor
        )
        await self._engine.kept(sealed)
        return Json({"picture": asset}, 201)

    def _painter(self, request: Request) -> tuple[LiveWorld, Who]:
        """Return the world, and who may change its picture; raises."""
        who = self._house.doorkeeper.identify(request.headers)
        check_origin(request.headers, who)
        live = self._house.worlds.find(request.path_params["world"])
        now = now_us()
        check(self._house.standing_in(who, live), deed_of("picture", live.name), now)
        self._engine.realm.people.check_ban(who.account, live.name, now)
        return live, who

    def _checked(self, data: bytes) -> str:
        head = read_image_head(data)
        if head is None or head.media not in IMAGES or max(head.width, head.height) > 1280:
            raise BadUpload("this is no small picture", "send PNG, JPEG or WebP up to 1280 pixels")
        return self._engine.store.put_asset(data, check_upload(data, head.media))


def placeholder(name: str) -> str:
    """Return a picture (SVG) of hills under a sky, at an hour that a name chooses.

    It says of itself that it shows no world: it looks like one where land is declared.
    """
    seed = sha256(name.encode()).digest()
    high, low, light, *grounds = HOURS[seed[0] % len(HOURS)]
    hills = []
    for at, fill in enumerate(grounds):
        foot, rise = 165 + 34 * at, 24 + seed[2 + at] % 36
        a, b = 60 + seed[5 + at] % 120, 260 + seed[8 + at] % 140
        way = f"M0 {foot} C{a} {foot - 2 * rise} {b} {foot + rise} {WIDTH} {foot - rise}"
        hills.append(f'<path d="{way} V{HEIGHT} H0 Z" fill="{fill}"/>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">'
        '<linearGradient id="sky" x2="0" y2="1">'
        f'<stop stop-color="{high}"/><stop offset=".75" stop-color="{low}"/></linearGradient>'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="url(#sky)"/>'
        f'<circle cx="{110 + seed[1]}" cy="78" r="26" fill="{light}"/>'
        f"{''.join(hills)}"
        '<rect x="14" y="226" width="128" height="30" rx="15" fill="#16202b" fill-opacity=".72"/>'
        '<text x="78" y="246" text-anchor="middle" font-family="system-ui, sans-serif"'
        ' font-size="15" fill="#fff">no picture yet</text></svg>'
    )

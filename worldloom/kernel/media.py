"""Components that show pictures and films, and the helpers that make them."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from worldloom.kernel.assets import FILE, AssetName
from worldloom.kernel.components import Length, Share
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.schema import WHOLE_MAX, Component

FilmSeconds = Annotated[float, Meta(ge=0, le=LIMITS.film_seconds_max)]
Microseconds = Annotated[int, Meta(ge=0, le=WHOLE_MAX)]
Bend = Annotated[float, Meta(ge=0, le=3.2)]


class Image(Component):
    """A picture on a card that faces +Z, in metres; a side of 0 follows the picture's own shape.

    `alt` says what it shows to who does not see it. `lit`: it takes the world's light, as a
    painting does, instead of its own colours. `frame`: a moulding so wide, in the entity's Color.
    `around`: a 360° picture (equirectangular) on the inside of a ball of that radius, its middle to
    -Z, for who stands within.
    """

    asset: AssetName = ""
    width: Length = 1.0
    height: Length = 0.0
    alt: str = ""
    lit: bool = False
    frame: Length = 0.0
    around: Length = 0.0


class Video(Component):
    """A moving picture on a card that plays by itself, over and over, for all at the same place.

    Metres; a side of 0 follows its own shape. It is silent at `volume` 0, else heard up to `reach`
    metres away. `poster` stands until it plays; `alt` says what it shows. Nothing is kept of its
    playing: the server's clock alone says where it is. `around`: as that of a picture.
    """

    asset: AssetName = ""
    poster: AssetName = ""
    width: Length = 2.0
    height: Length = 0.0
    alt: str = ""
    volume: Share = 0.0
    reach: Length = 8.0
    around: Length = 0.0


class Screen(Component):
    """A film that visitors play, pause and seek together, on a card that faces +Z, in metres.

    At `since` (UTC microseconds) it stood at `position` seconds; while `playing` it goes on from
    there. `play_screen`, `pause_screen` and `seek_screen` set these for who has the role `control`.
    `curve` bends the screen round who looks, radians. `captions` is WebVTT.
    """

    asset: AssetName = ""
    poster: AssetName = ""
    captions: AssetName = ""
    title: str = ""
    width: Length = 3.2
    height: Length = 0.0
    curve: Bend = 0.0
    volume: Share = 1.0
    reach: Length = 16.0
    loop: bool = False
    control: Literal["visitor", "member", "builder", "owner"] = "visitor"
    playing: bool = False
    position: FilmSeconds = 0.0
    since: Microseconds = 0

    def position_at(self, now: int) -> float:
        """Return where the film stands at a time (UTC microseconds), in seconds, its end aside."""
        gone = max(now - self.since, 0) / 1e6 if self.playing else 0.0
        return min(self.position + gone, LIMITS.film_seconds_max)

    def played(self, now: int, position: float | None = None) -> Screen:
        """Return it playing from `now` on, where it stands or from a second."""
        return self._at(now, self.position_at(now) if position is None else position, True)

    def paused(self, now: int) -> Screen:
        """Return it held where it stands."""
        return self._at(now, self.position_at(now), False)

    def sought(self, now: int, position: float) -> Screen:
        """Return it at a second; it goes on if it was playing."""
        return self._at(now, position, self.playing)

    def _at(self, now: int, position: float, playing: bool) -> Screen:
        # A thousandth of a second is less than any frame, and keeps the log's bytes few.
        at = round(position, 3)
        return msgspec.structs.replace(self, playing=playing, position=at, since=now)


def image(file: str, *, width: float = 1.0, alt: str = "", frame: float = 0.0) -> Image:
    """Show a PNG, JPEG or WebP file beside the author's own, so many metres wide."""
    return Image(FILE + file, width, alt=alt, frame=frame)


def video(file: str, *, width: float = 2.0, poster: str = "", alt: str = "") -> Video:
    """Play a WebM or MP4 file beside the author's own, silently, over and over."""
    return Video(FILE + file, FILE + poster if poster else "", width, alt=alt)


def screen(
    file: str, *, width: float = 3.2, title: str = "", poster: str = "", captions: str = ""
) -> Screen:
    """Show a WebM or MP4 film beside the author's own file, for all who are here together."""
    return Screen(
        FILE + file,
        FILE + poster if poster else "",
        FILE + captions if captions else "",
        title,
        width,
    )

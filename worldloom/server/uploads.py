"""What may be uploaded: each file is what its bytes say, and within its bounds."""

from __future__ import annotations

import re

from worldloom.kernel import arrays
from worldloom.kernel.assets import ARRAY
from worldloom.kernel.avatar import GLB, VRM
from worldloom.kernel.errors import Invalid, WorldloomError
from worldloom.kernel.limits import LIMITS
from worldloom.studio.glb_check import check_glb
from worldloom.studio.image_headers import read_image_head
from worldloom.studio.video_headers import read_video_head
from worldloom.studio.vrm_check import check_vrm

IMAGES = frozenset({"image/png", "image/jpeg", "image/webp"})
CAPTIONS = "text/vtt"
FILMS = frozenset({"video/webm", "video/mp4"})
FILM_CODECS = frozenset(
    {"vp8", "vp9", "av1", "h264", "h265", "opus", "vorbis", "aac", "flac"}
)  # fmt: skip
SOUND_HEADS = {
    "audio/mpeg": (b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2", b"\xff\xfa"),
    "audio/ogg": (b"OggS",),
    "audio/wav": (b"RIFF",),
    "audio/flac": (b"fLaC",),
    "audio/webm": (b"\x1aE\xdf\xa3",),
    "audio/mp4": (),
}
SERVED = frozenset({*IMAGES, *FILMS, *SOUND_HEADS, CAPTIONS, GLB, VRM, ARRAY})
"""What a page may be given as what it is."""
UNKNOWN = "application/octet-stream"
SOURCE = "text/x-python"
"""An author's file: kept in the realm, never served."""
VTT = re.compile(r"\ufeff?WEBVTT(?:[ \t].*)?(?:\r?\n|$)").match


class BadUpload(Invalid):
    """The upload is of no kind that a world shows, or not what it says it is."""

    code = "bad_upload"


def check_upload(data: bytes, media: str) -> str:
    """Return the media type that the bytes really have; raises BadUpload, GlbRefused, VrmRefused.

    What is sent as a VRM is one that everyone may wear, or it is refused.
    """
    if not data:
        raise BadUpload("the upload is empty", "send the file as the body")
    if media == VRM:
        check_vrm(data)
        return VRM
    if media == GLB or data.startswith(b"glTF"):
        check_glb(data)
        return GLB
    head = read_image_head(data)
    if head is not None and head.media in IMAGES:
        if max(head.width, head.height) > LIMITS.texture_side_pixels_max:
            raise BadUpload(
                f"the image is {head.width} × {head.height} pixels",
                f"make it at most {LIMITS.texture_side_pixels_max} pixels wide and high",
            )
        return head.media
    film = _check_film(data)
    if film is not None:
        return film
    if media in SOUND_HEADS and _sounds(data, media):
        return media
    if media == CAPTIONS:
        return _check_captions(data)
    if data.startswith(arrays.MAGIC):
        arrays.read(data)
        return ARRAY
    known = (*IMAGES, *FILMS, *SOUND_HEADS, CAPTIONS, ARRAY)
    sent = f"as {media[:80]}" if media else "without a type"
    raise BadUpload(
        f"nothing here shows or plays this, sent {sent}",
        f"send {GLB}, {', '.join(sorted(known))} and say so in Content-Type",
    )


def media_of(data: bytes, media: str) -> str:
    """Return the media type of a file that a realm from elsewhere says to be of one."""
    try:
        return check_upload(data, media)
    except WorldloomError:
        # A learning record's attachment, or a lie: nobody is shown it.
        return SOURCE if media == SOURCE else UNKNOWN


def _check_film(data: bytes) -> str | None:
    """Return the media type of a film; None for what is none; raises BadUpload."""
    head = read_video_head(data)
    if head is None:
        return None
    if max(head.width, head.height) > LIMITS.film_side_pixels_max:
        raise BadUpload(
            f"the film is {head.width} × {head.height} pixels",
            f"make it at most {LIMITS.film_side_pixels_max} pixels wide and high",
        )
    if head.seconds > LIMITS.film_seconds_max:
        raise BadUpload(
            f"the film is {head.seconds / 3600:.1f} hours long",
            f"cut it into parts of at most {LIMITS.film_seconds_max / 3600:g} hours",
        )
    foreign = sorted(set(head.codecs) - FILM_CODECS)
    if foreign:
        raise BadUpload(
            f"no browser plays {foreign[0][:40]} in a {head.media}",
            "encode it as WebM with VP9 and Opus, or as MP4 with H.264 and AAC",
        )
    return head.media


def _check_captions(data: bytes) -> str:
    """Return the type of WebVTT (W3C, section 4.1); raises BadUpload."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = ""
    if len(data) > LIMITS.captions_bytes_max or not VTT(text) or "\0" in text:
        raise BadUpload(
            "this is no WebVTT",
            f"begin with the line WEBVTT, in UTF-8, at most {LIMITS.captions_bytes_max} bytes",
        )
    return CAPTIONS


def _sounds(data: bytes, media: str) -> bool:
    if media == "audio/mp4":
        return data[4:8] == b"ftyp"
    if media == "audio/wav":
        return data.startswith(b"RIFF") and data[8:12] == b"WAVE"
    return data.startswith(SOUND_HEADS[media])

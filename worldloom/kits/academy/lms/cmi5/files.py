"""The files of course packages as web pages: bounded, of known kinds, with no right to anything.

Pages of others run here at the address of the worlds. Every answer therefore makes a sandbox of
its page (Content Security Policy, `sandbox` without `allow-same-origin`): its origin is nobody's,
so that no cookie goes along with what it asks, and no store or page of ours is open to it.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from hashlib import sha256
from typing import Final
from urllib.parse import unquote, urlsplit

from worldloom import NotFound
from worldloom.kernel.doors import Answered, Asked
from worldloom.kits.academy.lms.cmi5.faults import bad_package
from worldloom.kits.academy.lms.cmi5.package import MAGIC
from worldloom.kits.academy.lms.limits import LMS_LIMITS as LIMITS

MEDIA: Final = {
    "html": "text/html", "htm": "text/html", "xhtml": "application/xhtml+xml",
    "js": "text/javascript", "mjs": "text/javascript", "css": "text/css",
    "json": "application/json", "xml": "application/xml", "txt": "text/plain",
    "vtt": "text/vtt", "svg": "image/svg+xml", "png": "image/png", "jpg": "image/jpeg",
    "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp", "avif": "image/avif",
    "ico": "image/x-icon", "mp3": "audio/mpeg", "m4a": "audio/mp4", "ogg": "audio/ogg",
    "wav": "audio/wav", "mp4": "video/mp4", "webm": "video/webm", "woff": "font/woff",
    "woff2": "font/woff2", "ttf": "font/ttf", "otf": "font/otf", "pdf": "application/pdf",
    "wasm": "application/wasm", "glb": "model/gltf-binary", "gltf": "model/gltf+json",
}  # fmt: skip
"""What a browser shows or runs, by the ending of a name; anything else is a download."""
TEXTS: Final = ("text/", "application/json", "application/xml", "application/xhtml", "image/svg")
SANDBOX: Final = "sandbox allow-scripts allow-forms allow-popups allow-modals allow-downloads"
HEADERS: Final[tuple[tuple[str, str], ...]] = (
    ("Content-Security-Policy", SANDBOX),
    ("Cache-Control", "public, max-age=86400"),
    # Their page has nobody's origin, so that its own scripts and pictures come from another one.
    ("Cross-Origin-Resource-Policy", "cross-origin"),
    ("Accept-Ranges", "bytes"),
    ("Referrer-Policy", "no-referrer"),
    ("Permissions-Policy", "camera=(), microphone=(), geolocation=(), xr-spatial-tracking=()"),
)
_RANGE: Final = re.compile(r"bytes=(\d{0,12})-(\d{0,12})").fullmatch


class Files:
    """The files of one package, which was checked; a `cmi5.xml` alone has none."""

    def __init__(self, data: bytes) -> None:
        """Look at sizes; raises Invalid (`bad_package`) for a file that is too large to serve."""
        self.id = sha256(data).hexdigest()[:32]
        """The name that its files are below; the same package has the same one."""
        self._opened = zipfile.ZipFile(io.BytesIO(data)) if data.startswith(MAGIC) else None
        for entry in self._opened.infolist() if self._opened else ():
            if entry.file_size > LIMITS.content_file_bytes_max:
                most = LIMITS.content_file_bytes_max
                raise bad_package("too_large", f"{entry.filename[:80]!r} has over {most} bytes")

    def read(self, name: str) -> bytes:
        """Return a file by its very name in the ZIP; raises NotFound.

        Never more of it is unpacked than the ZIP says that it has.
        """
        try:
            if self._opened is None or name.endswith("/"):
                raise KeyError(name)
            return self._opened.read(name)
        except (KeyError, zipfile.BadZipFile, zlib.error, EOFError, OSError):
            raise NotFound("there is no such file in the course, or it is damaged",
                           "start the unit again", code="no_page") from None  # fmt: skip


def answer(files: Files, name: str, asked: Asked) -> Answered:
    """Return a file, or the part of it that a player asks for (`Range`); raises NotFound."""
    data = files.read(name)
    media = MEDIA.get(name.rpartition(".")[2].lower(), "")
    headers = HEADERS
    if not media:
        media = "application/octet-stream"
        headers = (*HEADERS, ("Content-Disposition", "attachment"))
    elif media.startswith(TEXTS):
        media = f"{media}; charset=utf-8"
    asks = _RANGE(asked.headers.get("range", ""))
    if asks is None or asks[1] == asks[2] == "":
        return Answered(200, data, media, headers)
    first, last = _part(asks[1], asks[2], len(data))
    if first > last:
        told = ("Content-Range", f"bytes */{len(data)}")
        return Answered(416, b"", "", (*HEADERS, told))
    told = ("Content-Range", f"bytes {first}-{last}/{len(data)}")
    return Answered(206, data[first : last + 1], media, (*headers, told))


def file_of(url: str) -> str:
    """Return the file of a package that the address of a unit names; nothing for a whole one."""
    parts = urlsplit(url)
    return "" if parts.scheme else unquote(parts.path).removeprefix("./")


def _part(first: str, last: str, size: int) -> tuple[int, int]:
    """Return first and last byte of a range (RFC 9110, 14.1.2)."""
    if not first:
        return max(0, size - int(last)), size - 1
    return int(first), min(int(last), size - 1) if last else size - 1

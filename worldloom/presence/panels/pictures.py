"""Pictures and films of panels: files beside the author's own, assets by hash, arrays of pixels."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from worldloom.kernel.assets import FILE
from worldloom.kernel.errors import Misused
from worldloom.kernel.limits import LIMITS

ASSET: Final = re.compile(r"[0-9a-f]{64}").fullmatch
COLOUR_TYPES: Final = {1: 0, 2: 4, 3: 2, 4: 6}
"""Channels → PNG colour type (PNG, third edition, 11.2.1)."""


def source_of(given: Any) -> str | bytes:
    """Return an asset's sha256 (hex), `file:` and a name, or a PNG's bytes; raises Misused."""
    if isinstance(given, np.ndarray):
        return png_of(given)
    if not isinstance(given, str) or "://" in given or given.startswith("data:"):
        raise Misused(
            "a panel shows files beside yours, assets and arrays, and asks no other host",
            "put the file beside yours and give its name",
            code="bad_data",
        )
    return given if not given or ASSET(given) or given.startswith(FILE) else FILE + given


def files_of(props: Mapping[str, Any]) -> list[str]:
    """Return the files beside the author's that a widget's props name."""
    items = props.get("data")
    given = [props.get("source"), *_images(items)]
    return [name for name in given if isinstance(name, str) and name.startswith(FILE)]


def with_assets(props: Mapping[str, Any], files: Mapping[str, str]) -> dict[str, Any]:
    """Return props with the assets of files in the place of their names."""
    found = dict(props)
    if found.get("source") in files:
        found["source"] = files[found["source"]]
    if any(name in files for name in _images(found.get("data"))):
        found["data"] = tuple(
            {**item, "image": files.get(item["image"], item["image"])} if "image" in item else item
            for item in found["data"]
        )
    return found


def _images(items: Any) -> list[Any]:
    """Return the pictures of the items of a list or of cards."""
    if not isinstance(items, tuple):
        return []
    return [item["image"] for item in items if isinstance(item, dict) and "image" in item]


def png_of(pixels: Any) -> bytes:
    """Return pixels as a PNG: height × width, or × 1 to 4 channels; 0..255, or 0..1 as floats."""
    array = np.asarray(pixels)
    if array.dtype.kind == "f":
        array = np.rint(np.clip(np.nan_to_num(array), 0, 1) * 255)
    elif array.dtype.kind == "b":
        array = array.astype(np.uint8) * 255
    array = array[..., None] if array.ndim == 2 else array
    if array.ndim != 3 or array.shape[2] not in COLOUR_TYPES or 0 in array.shape:
        raise Misused("a picture is height × width × 1 to 4 channels", code="bad_data")
    height, width, channels = array.shape
    if height * width > LIMITS.panel_picture_pixels_max:
        raise Misused(
            f"a picture of over {LIMITS.panel_picture_pixels_max} pixels", code="bad_data"
        )
    rows = np.zeros((height, 1 + width * channels), np.uint8)  # each row begins with filter 0
    rows[:, 1:] = array.astype(np.uint8).reshape(height, -1)
    head = struct.pack(">IIBBBBB", width, height, 8, COLOUR_TYPES[channels], 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(rows.tobytes(), 6)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in parts
    )

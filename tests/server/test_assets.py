"""Uploads: checked, bounded, kept once; assets: immutable, sandboxed, read in parts."""

from __future__ import annotations

import struct
import zlib
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.server.asking import Reply, Site
from tests.studio.test_video_headers import film, mp4
from worldloom.kernel.limits import LIMITS
from worldloom.server.assets import read_range
from worldloom.studio.vrm import make_vrm


def png(width: int, height: int, more: bytes = b"") -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + head
    body = struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    return b"\x89PNG\r\n\x1a\n" + body + more


FRAME = b"\xff\xc0\0\x11\x08\0\x10\0\x10\x03" + bytes(20)
"""What tells the size of a JPEG."""


def upload(site: Site, data: bytes, media: str) -> Reply:
    return site.token("uploader", "builder").ask(
        "POST", "/api/assets", data, {"Content-Type": media}
    )


def test_an_upload_is_kept_once_under_its_sha256(site: Site) -> None:
    data = png(4, 4, b"once")
    first, again = upload(site, data, "image/png"), upload(site, data, "image/png")
    assert first.status == again.status == 201
    assert first.json == again.json
    assert first.json["sha256"] == sha256(data).hexdigest()
    found = site.nobody.get(first.json["url"])
    assert found.body == data
    assert found.headers["content-type"] == "image/png"
    assert "immutable" in found.headers["cache-control"]
    assert found.headers["x-content-type-options"] == "nosniff"
    assert found.headers["content-security-policy"].startswith("sandbox")
    for held in (found.headers["etag"], f'"x", {found.headers["etag"]}', "*"):
        cached = site.nobody.get(first.json["url"], **{"If-None-Match": held})
        assert (cached.status, cached.body) == (304, b"")


def test_the_type_is_what_the_bytes_say_not_what_the_sender_says(site: Site) -> None:
    assert upload(site, png(2, 2, b"liar"), "image/jpeg").json["media"] == "image/png"


def test_a_model_is_checked(site: Site, hello_file: Path) -> None:
    reply = upload(site, b"glTF" + bytes(30), "model/gltf-binary")
    assert reply.status == 422
    assert reply.code.startswith("glb_")
    assert reply.json["error"]["fix"]


AVATAR = "/api/assets?as=avatar"


def test_a_vrm_is_kept_as_an_avatar_with_its_licence(site: Site) -> None:
    data = make_vrm("0.x", name="Mira", author="Ada")
    uploader = site.token("uploader", "builder")
    assert upload(site, data, "model/gltf-binary").json["media"] == "model/gltf-binary"
    kept = uploader.ask("POST", AVATAR, data)
    assert kept.status == 201
    assert kept.json["media"] == "model/vrm"
    told = kept.json["avatar"]
    assert told["version"] == "0.x" and told["expressions"] == ["aa", "blink"]
    assert told["licence"]["name"] == "Mira" and told["licence"]["wearer"] == "everyone"
    assert uploader.get(kept.json["url"]).headers["content-type"] == "model/vrm"
    wish = {"avatar": "", "vrm": kept.json["sha256"]}
    worn = uploader.ask("POST", "/api/worlds/hello/actions/wear", wish)
    assert worn.status == 200 and worn.json["result"]["vrm"] == kept.json["sha256"]


def test_a_vrm_that_not_everyone_may_wear_is_kept_when_one_says_that_one_may(site: Site) -> None:
    data = make_vrm("1.0", name="Mira", author="Ada", wearer="onlyAuthor")
    member = site.token("sewer", "member")
    asked = member.ask("POST", AVATAR, data)
    assert (asked.status, asked.code) == (409, "vrm_permission")
    assert member.ask("POST", AVATAR + "&allowed=yes", data).status == 201


def test_what_is_no_avatar_is_refused_by_name_and_nothing_is_kept(site: Site) -> None:
    member = site.token("sewer", "member")
    for data, code in ((png(4, 4), "glb_not_glb"), (make_vrm()[:-4], "glb_length")):
        refused = member.ask("POST", AVATAR, data)
        assert (refused.status, refused.code) == (422, code)
        assert refused.json["error"]["fix"]
        assert site.nobody.get(f"/assets/{sha256(data).hexdigest()}").status == 404
    assert member.ask("POST", "/api/assets?as=hat", make_vrm()).status == 422


def test_a_member_brings_an_avatar_and_no_model(site: Site) -> None:
    member = site.token("sewer", "member")
    assert member.ask("POST", AVATAR, make_vrm()).status == 201
    plain = {"Content-Type": "model/gltf-binary"}
    assert member.ask("POST", "/api/assets", make_vrm("0.x"), plain).code == "not_allowed"
    assert site.token("passer", "visitor").ask("POST", AVATAR, make_vrm()).code == "not_allowed"


@pytest.mark.parametrize(
    ("data", "media", "code"),
    [
        (b"", "image/png", "bad_upload"),
        (b"<html><script>alert(1)</script>", "text/html", "bad_upload"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml", "bad_upload"),
        (b"import os", "text/x-python", "bad_upload"),
        (b"not a sound", "audio/mpeg", "bad_upload"),
        (png(60_000, 4), "image/png", "bad_upload"),
        (b"MZ\x90", "", "bad_upload"),
        (b"\xff\xd8" + b"\xff" * LIMITS.image_markers_max + FRAME, "image/jpeg", "bad_upload"),
        (
            b"\xff\xd8" + b"\xff\xe1\0\x02" * LIMITS.image_markers_max + FRAME,
            "image/jpeg",
            "bad_upload",
        ),
    ],
)
def test_what_no_world_shows_is_refused(site: Site, data: bytes, media: str, code: str) -> None:
    reply = upload(site, data, media)
    assert (reply.status, reply.code) == (422, code)


def test_a_jpeg_with_many_markers_is_taken(site: Site) -> None:
    data = b"\xff\xd8" + b"\xff\xe1\0\x02" * 1_000 + b"\xff" * 100 + FRAME
    assert upload(site, data, "image/jpeg").json["media"] == "image/jpeg"


def test_sounds_are_taken(site: Site) -> None:
    assert upload(site, b"OggS" + bytes(40), "audio/ogg").json["media"] == "audio/ogg"


def test_an_upload_that_says_it_is_too_large_is_refused_before_it_is_read(site: Site) -> None:
    reply = site.token("uploader", "builder").ask(
        "POST", "/api/assets", b"", {"Content-Length": str(LIMITS.asset_bytes_max + 1)}
    )
    assert (reply.status, reply.code) == (413, "too_large")


def test_parts_of_an_asset_can_be_read(site: Site) -> None:
    data = png(8, 8, bytes(range(256)) * 40)
    url = upload(site, data, "image/png").json["url"]
    part = site.nobody.get(url, Range="bytes=10-19")
    assert (part.status, part.body) == (206, data[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(data)}"
    assert site.nobody.get(url, Range="bytes=-5").body == data[-5:]
    assert site.nobody.get(url, Range=f"bytes={len(data)}-").status == 416
    head = site.nobody.ask("HEAD", url)
    assert (head.status, head.headers["content-length"]) == (200, str(len(data)))


@given(st.text(max_size=30) | st.from_regex(r"bytes=\d{0,20}-\d{0,20}"), st.integers(1, 10_000))
def test_any_range_lies_inside_the_file_or_is_refused(header: str, size: int) -> None:
    found = read_range(header, size)
    assert found is None or 0 <= found[0] < found[1] <= size


@pytest.mark.parametrize(
    ("data", "said", "kept"),
    [
        (film(), "video/webm", "video/webm"),
        (film(), "audio/webm", "video/webm"),
        (mp4(), "application/octet-stream", "video/mp4"),
        (b"WEBVTT\n\n00:01.000 --> 00:02.000\nHello", "text/vtt", "text/vtt"),
        ("\ufeffWEBVTT said\n".encode(), "text/vtt", "text/vtt"),
    ],
)
def test_films_and_captions_are_kept_as_what_they_are(
    site: Site, data: bytes, said: str, kept: str
) -> None:
    assert upload(site, data, said).json["media"] == kept


@pytest.mark.parametrize(
    ("data", "media", "words"),
    [
        (film(width=LIMITS.film_side_pixels_max + 1), "video/webm", "pixels"),
        (film(ms=(LIMITS.film_seconds_max + 1) * 1000), "video/webm", "hours long"),
        (film(codec="V_THEORA"), "video/webm", "no browser plays"),
        (b"OggS" + bytes(40), "video/ogg", "nothing here shows or plays"),
        (b"WEBVTTX", "text/vtt", "WebVTT"),
        (b"WEBVTT\n\xff\xfe", "text/vtt", "WebVTT"),
        (b"<script>", "text/vtt", "WebVTT"),
        (b"WEBVTT\n" + bytes(3), "text/vtt", "WebVTT"),
        (b"WEBVTT\n" + b"x" * LIMITS.captions_bytes_max, "text/vtt", "WebVTT"),
    ],
)
def test_films_and_captions_out_of_bounds_are_refused_with_a_remedy(
    site: Site, data: bytes, media: str, words: str
) -> None:
    reply = upload(site, data, media)
    assert (reply.status, reply.code) == (422, "bad_upload")
    assert words in reply.json["error"]["message"]
    assert reply.json["error"]["fix"]


def test_a_film_is_read_in_parts_as_seeking_needs_it(site: Site) -> None:
    data = film()
    url = upload(site, data, "video/webm").json["url"]
    part = site.nobody.get(url, Range="bytes=1000-1999")
    assert (part.status, part.body) == (206, data[1000:2000])
    assert part.headers["content-range"] == f"bytes 1000-1999/{len(data)}"
    assert part.headers["content-type"] == "video/webm"

"""Promised: a film's size and length are read from its head, and no bytes do any harm."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.webm import SOUND, VIDEO, Block, Opus, Picture, element, number, webm
from worldloom.studio.video_headers import read_video_head

EXAMPLE = Path(__file__).parents[2] / "examples/assets/lighthouse.webm"
OPUS = b"OpusHead\x01\x01\x38\x01\x80\xbb\x00\x00\x00\x00\x00"


def film(width: int = 320, height: int = 180, ms: float = 2000, codec: str = "V_VP9") -> bytes:
    """Return a WebM whose frames hold nothing that could be shown."""
    blocks = [Block(VIDEO, ms, ms % 1000 == 0, bytes(20)) for ms in range(0, 2000, 100)]
    blocks += [Block(SOUND, ms, True, bytes(9)) for ms in range(0, 2000, 20)]
    return webm(blocks, Picture(codec, width, height), ms, Opus(OPUS))


def box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def mp4(width: int = 640, height: int = 360, seconds: float = 90.0, late: bool = False) -> bytes:
    """Return the boxes of an MP4; `late`: its head stands behind its frames."""
    mvhd = box(b"mvhd", bytes(12), struct.pack(">II", 1000, round(seconds * 1000)), bytes(80))
    tkhd = box(b"tkhd", bytes(76), struct.pack(">II", width << 16, height << 16))
    stsd = box(b"stsd", bytes(8), box(b"avc1", bytes(78)))
    media = box(b"mdia", box(b"minf", box(b"stbl", stsd)))
    moov = box(b"moov", mvhd, box(b"trak", tkhd, media))
    parts = (box(b"mdat", bytes(500)), moov) if late else (moov, box(b"mdat", bytes(500)))
    return box(b"ftyp", b"isom", bytes(4)) + b"".join(parts)


def test_a_real_webm_says_what_it_is() -> None:
    head = read_video_head(EXAMPLE.read_bytes())
    assert head is not None
    assert (head.media, head.width, head.height) == ("video/webm", 640, 360)
    assert head.seconds == pytest.approx(24.0)
    assert head.codecs == ["vp9", "opus"]


@pytest.mark.parametrize("late", [False, True])
def test_an_mp4_says_what_it_is_wherever_its_head_stands(late: bool) -> None:
    head = read_video_head(mp4(late=late))
    assert head is not None
    assert (head.media, head.width, head.height, head.seconds) == ("video/mp4", 640, 360, 90.0)
    assert head.codecs == ["h264"]


def test_what_has_no_picture_is_no_film() -> None:
    assert read_video_head(mp4(width=0, height=0)) is None
    assert read_video_head(b"OggS" + bytes(60)) is None
    assert read_video_head(element(0x1A45DFA3, element(0x4282, b"matroska"))) is None
    assert read_video_head(b"") is None


def test_a_foreign_codec_keeps_its_own_name() -> None:
    head = read_video_head(film(codec="V_MPEG4/ISO/ASP"))
    assert head is not None and "V_MPEG4/ISO/ASP" in head.codecs


def test_a_file_of_a_million_parts_is_given_up() -> None:
    many = element(0x1A45DFA3, element(0x4282, b"webm")) + number(0xEC, 0) * 10_000
    assert read_video_head(many) is None
    assert read_video_head(box(b"ftyp", b"isom") + box(b"free") * 10_000) is None


@given(data=st.data())
def test_no_damaged_head_raises_or_lies_about_more_than_itself(data: st.DataObject) -> None:
    whole = bytearray(data.draw(st.sampled_from([film(), mp4(), mp4(late=True)])))
    for _ in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(0, min(len(whole), 700) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(whole)))
    for found in (read_video_head(bytes(whole)), read_video_head(bytes(whole[:cut]))):
        assert found is None or (found.width > 0 and found.height > 0 and found.seconds >= 0)

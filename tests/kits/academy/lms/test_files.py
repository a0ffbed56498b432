"""The files of a course package are served within bounds, and have no right to anything."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.kits.academy.lms.au_package import package
from tests.kits.academy.lms.badge_school import SCHOOL, BadgeSchool
from tests.server.asking import Reply
from worldloom import Invalid, NotFound
from worldloom.kits.academy.lms.cmi5.files import Files, file_of
from worldloom.kits.academy.lms.limits import LMS_LIMITS as LIMITS
from worldloom.testing.fixtures import Server

ODD = (("odd/käse 1.html", b"<p>cheese"), ("tool.exe", b"MZ"), ("film.mp4", bytes(range(200))))


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BadgeSchool]:
    folder = tmp_path_factory.mktemp("files")
    path = folder / "geology.zip"
    path.write_bytes(package(*ODD))
    more = ("from pathlib import Path\n"
            "from worldloom.kits.academy.lms.cmi5.content import Content\n"
            f"world.use(Content(Path({str(path)!r}).read_bytes()))\n")  # fmt: skip
    (folder / "school.py").write_text(SCHOOL + more)
    server = Server(folder / "realm.loom", str(folder / "school.py"))
    try:
        yield BadgeSchool(server.start())
    finally:
        server.stop()


def base(school: BadgeSchool) -> str:
    """Return the path that the files of the course are below, as a launch tells it."""
    url = str(school.do(school.learner("ann"), "start_unit", unit="urn:geo:rocks")["result"])
    path, _, rest = urlsplit(url).path.partition("/pages/start.html")
    assert url.startswith("https://school.example/w/school/content/files/") and rest == ""
    assert "lang=en&endpoint=https" in url
    return path


def get(school: BadgeSchool, name: str, **headers: str) -> Reply:
    return school.nobody.ask("GET", f"{base(school)}/{name}", None, headers)


def test_a_file_comes_with_its_kind_and_in_a_sandbox(school: BadgeSchool) -> None:
    for name, media in (
        ("pages/start.html", "text/html; charset=utf-8"), ("look.css", "text/css; charset=utf-8"),
        ("code/unit.js", "text/javascript; charset=utf-8"), ("film.mp4", "video/mp4"),
        ("pages/rock.svg", "image/svg+xml; charset=utf-8"),
        ("odd/k%C3%A4se%201.html", "text/html; charset=utf-8"),
        ("tool.exe", "application/octet-stream"),
    ):  # fmt: skip
        said = get(school, name)
        assert (said.status, said.headers["content-type"]) == (200, media)
        policy = said.headers["content-security-policy"]
        assert policy.startswith("sandbox ") and "allow-same-origin" not in policy
        assert "escape" not in policy and "navigation" not in policy
        assert said.headers["x-content-type-options"] == "nosniff"
        assert said.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in said.headers
        assert said.headers["cross-origin-resource-policy"] == "cross-origin"
        assert ("content-disposition" in said.headers) == (name == "tool.exe")


def test_what_is_no_file_of_the_package_is_not_there(school: BadgeSchool) -> None:
    for name in (
        "", "x", "pages", "pages/", "/look.css", "pages/../look.css", "../look.css",
        "..%2flook.css", "%2e%2e/look.css", "..%5clook.css", "pages//start.html", "LOOK.CSS",
        "%00", "look.css%00.html",
    ):  # fmt: skip
        said = get(school, name)
        assert said.status == 404, name
    other = base(school).replace("files/", "files/0")
    assert school.nobody.get(f"{other}/look.css").status == 404
    assert school.nobody.get("/w/school/content/files").status in (401, 404)
    assert school.nobody.post(f"{base(school)}/look.css", {}).status == 405


def test_a_player_asks_for_a_part_of_a_film(school: BadgeSchool) -> None:
    for asked, status, first, last in (
        ("bytes=0-0", 206, 0, 0), ("bytes=190-", 206, 190, 199), ("bytes=-5", 206, 195, 199),
        ("bytes=10-5000", 206, 10, 199), ("bytes=-5000", 206, 0, 199),
    ):  # fmt: skip
        said = get(school, "film.mp4", Range=asked)
        assert said.status == status and said.body == bytes(range(first, last + 1))
        assert said.headers["content-range"] == f"bytes {first}-{last}/200"
    for asked in ("bytes=200-", "bytes=9-5", "bytes=-0"):
        said = get(school, "film.mp4", Range=asked)
        assert (said.status, said.headers["content-range"]) == (416, "bytes */200")
    for asked in ("bytes=-", "bytes=0-1,5-6", "x", "bytes=a-b"):
        assert get(school, "film.mp4", Range=asked).body == bytes(range(200))


def test_a_file_that_is_too_large_refuses_the_package() -> None:
    large = ("large.bin", bytes(LIMITS.content_file_bytes_max + 1))
    with pytest.raises(Invalid) as caught:
        Files(package(large))
    assert (caught.value.code, caught.value.field) == ("bad_package", "too_large")


def test_a_file_that_says_less_than_it_has_is_damaged_and_no_more_of_it_is_unpacked() -> None:
    data = bytearray(package(("bomb.html", bytes(3_000_000))))
    assert len(data) < 10_000
    directory = data.rindex(b"PK\x01\x02")
    struct.pack_into("<I", data, directory + 24, 10)
    files = Files(bytes(data))
    with pytest.raises(NotFound):
        files.read("bomb.html")
    assert files.read("look.css")


def test_a_structure_alone_has_no_files() -> None:
    with pytest.raises(NotFound):
        Files(b"<courseStructure/>").read("cmi5.xml")


def test_the_same_package_stands_at_the_same_place_and_another_one_does_not() -> None:
    assert Files(package()).id == Files(package()).id
    assert Files(package(ODD[0])).id != Files(package()).id


def test_the_file_of_a_unit_is_that_of_its_address() -> None:
    for url, name in (
        ("a/b.html?x=1#y", "a/b.html"), ("./a%20b.html", "a b.html"), ("https://x.example/a", ""),
    ):  # fmt: skip
        assert file_of(url) == name

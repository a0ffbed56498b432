"""Models that people bring: dropped, placed, moved, taken away, refused, and decoded on demand."""

from __future__ import annotations

import base64
import json
import re
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, Route

from tests.browser.conftest import Served, Visit, wait
from tests.browser.looks import ways

Open = Callable[..., Visit]
ROOT = Path(__file__).parents[2]
VASE = ROOT / "examples/assets/vase.glb"
BALL = ROOT / "worldloom/kits/plaza/baked/ball.glb"
DROP = """([name, data]) => {
  const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
  const files = new DataTransfer();
  files.items.add(new File([bytes], name, {type: 'model/gltf-binary'}));
  const at = {bubbles: true, cancelable: true, dataTransfer: files, clientX: 320, clientY: 250};
  window.dispatchEvent(new DragEvent('dragover', at));
  window.dispatchEvent(new DragEvent('drop', at));
}"""


def drop(page: Page, name: str, data: bytes) -> None:
    """Let a file go over the picture."""
    page.evaluate(DROP, [name, base64.b64encode(data).decode()])


def placed(name: str) -> str:
    return (
        "Object.entries(window.worldloom.entities()).find("
        f"([, e]) => e.name.includes('{name}') && e.components.Model)"
    )


def glb(document: dict[str, Any], binary: bytes) -> bytes:
    """Return binary glTF of a document and its one buffer."""
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    binary += bytes(-len(binary) % 4)
    parts = struct.pack("<II", len(text), 0x4E4F534A) + text
    parts += struct.pack("<II", len(binary), 0x004E4942) + binary
    return struct.pack("<4sII", b"glTF", 2, 12 + len(parts)) + parts


CORNERS = ((-0.5, 0.0, 0.0), (0.5, 0.0, 0.0), (0.5, 1.0, 0.0), (-0.5, 1.0, 0.0))
FACES = (0, 1, 2, 0, 2, 3)


def draco_quad() -> bytes:
    """Return a quad as Draco writes it: sequential, uncompressed indices, plain floats (2.2)."""
    head = b"DRACO" + struct.pack("<BBBBH", 2, 2, 1, 0, 0)
    connectivity = bytes((len(FACES) // 3, len(CORNERS), 1, *FACES))
    # One decoder with one attribute: position, float32, 3 wide, not normalised, id 0, plain values.
    attribute = bytes((1, 1, 0, 9, 3, 0, 0, 0))
    return head + connectivity + attribute + b"".join(struct.pack("<3f", *c) for c in CORNERS)


def draco_model() -> bytes:
    data = draco_quad()
    squeezed = {"bufferView": 0, "attributes": {"POSITION": 0}}
    return glb(
        {
            "asset": {"version": "2.0"},
            "extensionsUsed": ["KHR_draco_mesh_compression"],
            "extensionsRequired": ["KHR_draco_mesh_compression"],
            "scene": 0,
            "scenes": [{"nodes": [0]}],
            "nodes": [{"mesh": 0}],
            "meshes": [
                {
                    "primitives": [
                        {
                            "attributes": {"POSITION": 0},
                            "indices": 1,
                            "extensions": {"KHR_draco_mesh_compression": squeezed},
                        }
                    ]
                }
            ],
            "accessors": [
                {
                    "componentType": 5126,
                    "count": len(CORNERS),
                    "type": "VEC3",
                    "min": [-0.5, 0.0, 0.0],
                    "max": [0.5, 1.0, 0.0],
                },
                {"componentType": 5123, "count": len(FACES), "type": "SCALAR"},
            ],
            "bufferViews": [{"buffer": 0, "byteLength": len(data)}],
            "buffers": [{"byteLength": len(data)}],
        },
        data,
    )


def ktx2_square() -> bytes:
    """Return a red 4 by 4 picture as KTX2: R8G8B8A8 sRGB, one level, not supercompressed."""
    texels = bytes((200, 40, 30, 255)) * 16
    samples = b"".join(
        struct.pack("<HBBIII", 8 * i, 7, channel, 0, 0, 255)
        for i, channel in enumerate((0, 1, 2, 0x1F))
    )
    basic = struct.pack(
        "<HHHHBBBB8B", 0, 0, 2, 24 + len(samples), 1, 1, 2, 0, *bytes(4), 4, *bytes(3)
    )
    described = struct.pack("<I", 4 + len(basic + samples)) + basic + samples
    start = 80 + 24
    data_at = start + len(described) + (-(start + len(described)) % 4)
    head = b"\xabKTX 20\xbb\r\n\x1a\n" + struct.pack("<9I", 43, 1, 4, 4, 0, 0, 1, 1, 0)
    index = struct.pack("<4I2Q", start, len(described), 0, 0, 0, 0)
    level = struct.pack("<3Q", data_at, len(texels), len(texels))
    return (head + index + level + described).ljust(data_at, b"\0") + texels


def ktx2_model(picture: bytes = b"", scale: float = 1.0) -> bytes:
    """Return a quad with a KTX2 picture, a red one if none is given; `scale` is its side in m."""
    points = b"".join(struct.pack("<3f", *c) for c in CORNERS)
    corners = b"".join(struct.pack("<2f", c[0] + 0.5, 1 - c[1]) for c in CORNERS)
    faces = struct.pack("<6H", *FACES)
    parts, views, binary = (points, corners, faces, picture or ktx2_square()), [], b""
    for part in parts:
        views.append({"buffer": 0, "byteOffset": len(binary), "byteLength": len(part)})
        binary += part + bytes(-len(part) % 4)
    return glb(
        {
            "asset": {"version": "2.0"},
            "extensionsUsed": ["KHR_texture_basisu"],
            "extensionsRequired": ["KHR_texture_basisu"],
            "scene": 0,
            "scenes": [{"nodes": [0]}],
            "nodes": [{"mesh": 0, "scale": [scale] * 3}],
            "meshes": [
                {
                    "primitives": [
                        {
                            "attributes": {"POSITION": 0, "TEXCOORD_0": 1},
                            "indices": 2,
                            "material": 0,
                        }
                    ]
                }
            ],
            "materials": [{"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}],
            "textures": [{"extensions": {"KHR_texture_basisu": {"source": 0}}}],
            "images": [{"mimeType": "image/ktx2", "bufferView": 3}],
            "accessors": [
                {
                    "bufferView": 0,
                    "componentType": 5126,
                    "count": 4,
                    "type": "VEC3",
                    "min": [-0.5, 0.0, 0.0],
                    "max": [0.5, 1.0, 0.0],
                },
                {"bufferView": 1, "componentType": 5126, "count": 4, "type": "VEC2"},
                {"bufferView": 2, "componentType": 5123, "count": 6, "type": "SCALAR"},
            ],
            "bufferViews": views,
            "buffers": [{"byteLength": len(binary)}],
        },
        binary,
    )


def hold(page: Page) -> list[Route]:
    """Hold back every asset that a page asks for from now on."""
    held: list[Route] = []
    page.route("**/assets/*", lambda route: held.append(route))
    return held


def test_a_dropped_model_is_awaited_placed_moved_missed_and_removed_again(
    plaza: Served, visit: Open, ownership: Any
) -> None:
    page = visit(storage_state=ownership).enter(plaza.world("plaza"))
    other = visit().enter(plaza.world("plaza"))
    wait(other, "window.worldloom.stats().settled")
    held = hold(other)
    drop(page, "vase.glb", VASE.read_bytes())
    stands = f"({placed('vase')}?.[1].standIn ?? null)"
    wait(other, f"{stands} === 'waiting'")
    for route in held:
        route.continue_()
    other.unroute("**/assets/*")
    wait(other, f"{placed('vase')} !== undefined && {stands} === null")
    wait(page, f"{placed('vase')} !== undefined && window.worldloom.stats().settled")
    where = f"{placed('vase')}[1].components.Transform.position"
    before = page.evaluate(where)
    bar = page.get_by_role("toolbar", name="Drag it over the ground")
    bar.wait_for()
    bar.get_by_role("button", name="Done").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    wait(other, f"Math.hypot({where}[0] - {before[0]}, {where}[2] - {before[2]}) > 0.4")
    bar.get_by_role("button", name="Done").click()
    # Another file is awaited: what was there stands there. It never comes: that is seen and told.
    held = hold(other)
    page.evaluate(
        "([entity, asset]) => worldloom.do('set', {entity, component: 'Model', fields: {asset}})",
        [page.evaluate(f"{placed('vase')}[0]"), "0" * 64],
    )
    while not held:
        other.wait_for_timeout(50)
    assert other.evaluate(stands) is None
    for route in held:
        route.fulfill(status=404)
    wait(other, f"{stands} === 'failed'")
    wait(page, f"{stands} === 'failed'")
    other.unroute("**/assets/*")
    lost = "vase (its model could not be loaded: its file is not here any more)"
    in_words = visit().page
    in_words.goto(f"{plaza.world('plaza')}/text")
    in_words.get_by_role("region", name="What is here").get_by_text(lost.capitalize()).wait_for()
    in_words.get_by_label("Find something by name").fill("vase")
    other.evaluate(f"worldloom.go({placed('vase')}[1].position)")
    bar = other.get_by_role("toolbar", name="Within reach")
    bar.get_by_role("button", name=lost).wait_for()
    aloud = "vase: its model could not be loaded: its file is not here any more."
    wait(other, f"document.getElementById('reach').textContent.includes({json.dumps(aloud)})")
    bar = page.get_by_role("toolbar", name="Drag it over the ground")
    page.locator("#stage").focus()
    page.keyboard.press("c")
    told = page.get_by_role("button", name=re.compile("vase.*cannot be shown"))
    told.click()
    bar.get_by_role("button", name="Remove").click()
    wait(other, f"{placed('vase')} === undefined")


def test_a_guests_model_opens_in_a_world_of_their_own(plaza: Served, visit: Open) -> None:
    page = visit().enter(plaza.world("plaza"))
    drop(page, "my table.glb", VASE.read_bytes())
    wait(page, "window.worldloom.world !== 'plaza' && window.worldloom.me?.role === 'owner'")
    wait(page, f"{placed('table')} !== undefined")


def test_a_guest_who_may_only_visit_is_told_the_missing_right_and_what_to_do(
    strict: Served, visit: Open
) -> None:
    page = visit().enter(strict.world("plaza"))
    refusal = page.evaluate(
        "window.worldloom.do('spawn', {name: 'mine', components: {}})"
        ".catch(e => [e.code, e.message, e.fix])"
    )
    assert refusal[0] == "not_allowed"
    assert "builder" in refusal[1] + refusal[2]
    assert refusal[2]
    drop(page, "my chair.glb", VASE.read_bytes())
    wait(page, "/needs .*(builder|owner)/i.test(document.body.innerText)")
    assert page.evaluate(f"{placed('chair')} === undefined")


@ways(
    "name, make, decoder",
    [("draco", draco_model, "draco_decoder")],  # our own meshes are of meshopt
    soak=[
        ("meshopt", BALL.read_bytes, "meshopt_decoder"),
        ("ktx", ktx2_model, "KTX2Loader"),
    ],
)
def test_a_compressed_model_is_drawn_with_a_decoder_from_our_own_server(
    plaza: Served,
    visit: Open,
    ownership: Any,
    name: str,
    make: Callable[[], bytes],
    decoder: str,
) -> None:
    window = visit(storage_state=ownership)
    asked: list[str] = []
    warned: list[str] = []
    window.page.on("request", lambda request: asked.append(request.url))
    window.page.on("console", lambda said: warned.append(said.text))
    page = window.enter(plaza.world("plaza"))
    triangles = page.evaluate("window.worldloom.stats().triangles")
    drop(page, f"{name}.glb", make())
    wait(page, f"{placed(name)} !== undefined && window.worldloom.stats().settled")
    page.wait_for_timeout(300)
    assert any(url.startswith(plaza.url) and decoder in url for url in asked), warned
    assert not [text for text in warned if "model" in text], warned
    assert triangles > 0
    page.evaluate(f"window.worldloom.do('despawn', {{entity: {placed(name)}[0]}})")

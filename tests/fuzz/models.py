"""GLB uploads that lie about sizes, point elsewhere, nest without end or unpack to far too much."""

from __future__ import annotations

import contextlib
import random
import time
from typing import Any

from tests.fuzz.judging import Bug
from tests.fuzz.values import NUMBERS, WORDS, anything, harmed
from tests.studio.test_glb_check import pack, png, triangle, with_image
from worldloom.kernel.errors import WorldloomError
from worldloom.studio.glb_check import check_glb
from worldloom.studio.gltf import disassemble
from worldloom.studio.vrm import make_vrm
from worldloom.studio.vrm_check import check_vrm

SECONDS_MAX = 20.0
"""No small file may keep a checker busy for longer, on the slowest machine."""
URIS = ("https://evil.example/x.bin", "file:///etc/passwd", "../x.png", "data:,", "//host/x",
        "data:image/png;base64,AAAA")  # fmt: skip


class ModelDoor:
    """The checker that every upload passes."""

    def case(self, seed: int) -> None:
        """Check one odd model; raises Bug unless it is sound or refused in the one form."""
        chance = random.Random(seed)
        data = model(chance)
        start = time.process_time()
        try:
            check_glb(data)
            check_vrm(data, allowed=True)
        except WorldloomError as error:
            if not (error.message and error.fix and error.code.startswith(("glb_", "vrm_"))):
                raise Bug(f"an error without words: {error!r}") from error
        except Exception as error:
            raise Bug(f"{error!r} of {data[:400]!r}") from error
        else:
            if any(uri.encode() in data for uri in URIS[:3]):
                raise Bug("a model that points elsewhere passed")
        if time.process_time() - start > SECONDS_MAX:
            raise Bug(f"{len(data)} bytes kept the checker busy")


def model(chance: random.Random) -> bytes:
    """Return a GLB with something wrong in it."""
    document, binary = triangle()
    if chance.random() < 0.4:
        document, binary = disassemble(make_vrm(chance.choice(("0.x", "1.0"))))
    elif chance.random() < 0.5:
        side = chance.choice((1, 8, 8_192, 8_193, 65_535, 2**31 - 1))
        document, binary = with_image(png(side, chance.choice((1, side))))
    for _ in range(chance.choice((0, 1, 1, 2, 4))):
        # What was spoiled before may not be spoiled in this way any more.
        with contextlib.suppress(TypeError, AttributeError, KeyError, IndexError):
            spoil(chance, document)
    try:
        whole = pack(document, binary)
    except (ValueError, OverflowError, UnicodeEncodeError):
        whole = pack(triangle()[0], binary)
    return harmed(chance, whole) if chance.random() < 0.35 else whole


def spoil(chance: random.Random, document: dict[str, Any]) -> None:
    """Change one place of the document, or add what it must not have."""
    roll = chance.random()
    if roll < 0.15:
        key = chance.choice(("buffers", "images"))
        document.setdefault(key, []).append({"uri": chance.choice(URIS), "byteLength": 4})
    elif roll < 0.25:
        count = chance.choice((3, 70, 30_000))
        document["nodes"] = [{"children": [n + 1]} for n in range(count)] + [{"mesh": 0}]
        if chance.random() < 0.5:
            document["nodes"][-1] = {"children": [0]}
    elif roll < 0.35:
        name = chance.choice(("EXT_meshopt_compression", "KHR_draco_mesh_compression", "X_y"))
        document["extensionsRequired"] = [name]
        document["bufferViews"][0]["extensions"] = {name: anything(chance)}
    else:
        place: Any = document
        for _ in range(chance.randrange(1, 6)):
            keys: list[Any] = list(place) if isinstance(place, dict) else list(range(len(place)))
            if not keys:
                return
            key = chance.choice(keys)
            if not isinstance(place[key], dict | list) or chance.random() < 0.3:
                place[key] = chance.choice((anything(chance), *NUMBERS[:8], *WORDS[:3]))
                return
            place = place[key]

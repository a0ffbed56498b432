"""Write the client's types and the reference pages from the Python types.

`python tools/generate_types.py` writes the files that are stale; with `--check` it exits 1 and
names them.
"""

import inspect
import json
import sys
import typing
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
from msgspec import inspect as shapes

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from worldloom.kernel import avatar, entity, events, schema  # noqa: E402
from worldloom.kernel.limits import LIMITS  # noqa: E402
from worldloom.kernel.standard import standard_components  # noqa: E402
from worldloom.presence import bodyframes, limbs, physics, reach, showing, wardrobe  # noqa: E402
from worldloom.sync import messages, wire  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
COMMAND = "python tools/generate_types.py"
Struct = type[msgspec.Struct]

SIMPLE: dict[type[shapes.Type], str] = {
    shapes.AnyType: "unknown",
    shapes.NoneType: "null",
    shapes.BoolType: "boolean",
    shapes.IntType: "number",
    shapes.FloatType: "number",
    shapes.StrType: "string",
    shapes.BytesType: "Uint8Array",
}


def typescript(kind: shapes.Type) -> str:
    """Write one Python type as TypeScript."""
    if simple := SIMPLE.get(type(kind)):
        return simple
    match kind:
        case shapes.LiteralType():
            return " | ".join(json.dumps(value) for value in kind.values)
        case shapes.UnionType():
            return " | ".join(typescript(part) for part in kind.types)
        case shapes.StructType():
            return kind.cls.__name__
        case shapes.TupleType():
            return f"[{', '.join(typescript(item) for item in kind.item_types)}]"
        case shapes.VarTupleType() | shapes.ListType():
            item = typescript(kind.item_type)
            return f"({item})[]" if " " in item and not item.startswith("[") else f"{item}[]"
        case shapes.DictType():
            return f"Record<string, {typescript(kind.value_type)}>"
        case shapes.CustomType():
            return "number" if kind.cls is entity.Entity else "string"
    raise TypeError(f"no TypeScript for {kind}")


def struct_shape(struct: Struct) -> shapes.StructType:
    """Inspect a struct class."""
    shape = shapes.type_info(struct)
    assert isinstance(shape, shapes.StructType)
    return shape


def comment(text: str | None, indent: str = "") -> str:
    """Write a docstring as a TSDoc comment."""
    lines = inspect.cleandoc(text or "").splitlines()
    if len(lines) == 1:
        return f"{indent}/** {lines[0]} */\n"
    inner = "\n".join(f"{indent} * {line}".rstrip() for line in lines)
    return f"{indent}/**\n{inner}\n{indent} */\n"


def declaration(struct: Struct, *, optional: bool) -> str:
    """Write a struct as an interface, or as a labelled tuple where it travels as an array."""
    shape = struct_shape(struct)
    head = comment(struct.__doc__)
    if shape.array_like:
        parts = ", ".join(f"{f.encode_name}: {typescript(f.type)}" for f in shape.fields)
        return f"{head}export type {struct.__name__} = [{parts}];\n"
    lines = [f"  {shape.tag_field}: {json.dumps(shape.tag)};"] if shape.tag else []
    for field in shape.fields:
        mark = "" if field.required or not optional else "?"
        lines.append(f"  {field.encode_name}{mark}: {typescript(field.type)};")
    return f"{head}export interface {struct.__name__} {{\n" + "\n".join(lines) + "\n}\n"


def structs_of(module: ModuleType, base: Struct) -> list[Struct]:
    """Return the classes of a module under a base, in the order of their definition."""
    return [
        value
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, base)
        and value is not base
        and value.__module__ == module.__name__
    ]


def parts_of(union: Any) -> list[Struct]:
    """Return the message classes of a union."""
    return list(typing.get_args(union))


def head_of(source: str) -> str:
    """Write the first lines of a generated TypeScript file."""
    return f"// Generated from {source} by `{COMMAND}`. Do not edit.\n\n"


def constants() -> dict[str, int | float | str]:
    """Return the constants that both ends of the wire share."""
    return {
        "VERSION": messages.VERSION,
        "SUBPROTOCOL": messages.SUBPROTOCOL,
        "MESSAGE": wire.MESSAGE,
        "POSE": wire.POSE,
        "MOTION": wire.MOTION,
        "LIVE": wire.LIVE,
        "LIVE_HEAD_BYTES": wire.LIVE_HEAD_BYTES,
        "REACH_NUMBER": limbs.NUMBER,
        "REACH_BYTES": limbs.REACH_BYTES,
        "REACH_RECORD_BYTES": limbs.RECORD.itemsize,
        "POSE_BYTES": wire.POSE_FORM.size,
        "FRAME_HEAD_BYTES": wire.FRAME_HEAD.size,
        "SECTION_HEAD_BYTES": wire.SECTION_HEAD.size,
        "RECORD_BYTES": wire.RECORD_BYTES,
        "FIRST_MARK": wire.FIRST_MARK,
        "BODIES": physics.NUMBER,
        "SHOWN": showing.NUMBER,
        "BODY_BYTES": bodyframes.RECORD.itemsize,
        "CELL_M": wire.CELL_M,
        "FAR_TICKS": wire.FAR_TICKS,
        "HEIGHT_MIN_M": wire.HEIGHT_MIN_M,
        "HEIGHT_STEPS_PER_M": wire.HEIGHT_STEPS_PER_M,
        "EXTENT_M_MAX": LIMITS.extent_m_max,
        "MESSAGE_BYTES_MAX": LIMITS.message_bytes_max,
    }


def close_codes() -> dict[str, int]:
    """Return the close codes by name."""
    return {name: code for name, code in vars(messages.Close).items() if name.isupper()}


def wire_typescript() -> str:
    """Write client/src/net/wire.generated.ts."""
    parts = [head_of("worldloom/sync/messages.py and wire.py")]
    for name, value in constants().items():
        number = int(value) if isinstance(value, float) and value.is_integer() else value
        parts.append(f"export const {name} = {json.dumps(number)};\n")
    parts.append(f"\n{comment(messages.Close.__doc__)}export const CLOSE = {{\n")
    parts += [f"  {name}: {code},\n" for name, code in close_codes().items()]
    parts.append("} as const;\n\n")
    to_server = parts_of(messages.ToServer)
    declared = [s for s in structs_of(messages, msgspec.Struct) if s not in BASES]
    parts += [declaration(s, optional=s in to_server) + "\n" for s in declared]
    for name, union in (("ToServer", to_server), ("ToClient", parts_of(messages.ToClient))):
        parts.append(f"export type {name} = {' | '.join(s.__name__ for s in union)};\n")
    return "".join(parts)


BASES = (messages.Message, messages.Row)


def default_of(struct: Struct) -> str:
    """Write a struct's default values as a TypeScript literal."""
    return json.dumps(msgspec.to_builtins(struct()))


def components_typescript() -> str:
    """Write client/src/world/components.generated.ts."""
    parts = [head_of("worldloom/kernel/standard.py")]
    standard = standard_components()
    facts: list[Struct] = [*structs_of(events, schema.Event), avatar.Dressed]
    # Bytes come live as they are, and in the log's page as base64.
    told = [declaration(s, optional=False) for s in standard + facts]
    parts += [text.replace(": Uint8Array;", ": Uint8Array | string;") + "\n" for text in told]
    parts.append("/** Every standard component by its name. */\nexport interface Components {\n")
    parts += [f"  {s.__name__}: {s.__name__};\n" for s in standard]
    parts.append("}\n\n/** What a field is where an older writer left it out. */\n")
    parts.append("export const DEFAULTS: Readonly<Components> = {\n")
    parts += [f"  {s.__name__}: {default_of(s)},\n" for s in standard]
    parts.append("};\n")
    return "".join(parts)


def table(struct: Struct) -> str:
    """Write a struct's fields as a table of Markdown."""
    lines = ["| field | type | default |", "|---|---|---|"]
    for field in struct_shape(struct).fields:
        kind = typescript(field.type).replace("|", "\\|")
        lines.append(f"| `{field.encode_name}` | `{kind}` | {default_cell(field)} |")
    return "\n".join(lines) + "\n"


def default_cell(field: shapes.Field) -> str:
    """Write the default of a field for a table."""
    if field.default_factory is not msgspec.NODEFAULT:
        return f"`{json.dumps(msgspec.to_builtins(field.default_factory()))}`"
    if field.required:
        return ""
    return f"`{json.dumps(msgspec.to_builtins(field.default))}`"


def section(struct: Struct) -> str:
    """Write a struct as a section of a reference page."""
    text = inspect.cleandoc(struct.__doc__ or "")
    fields = struct_shape(struct).fields
    return f"### {struct.__name__}\n\n{text}\n\n" + (table(struct) + "\n" if fields else "")


WIRE_INTRODUCTION = """\
# The live socket

<!-- Generated by `{command}`. Do not edit. -->

`GET /w/{{world}}/live` upgrades to a WebSocket of the subprotocol `{subprotocol}`. Every frame is
binary; its first byte tells what it is: `0` a message, `1` a pose, `2` a motion frame, `3` raw
bytes of the channel whose number is the second byte. A message
is a msgpack map with a field `type`: the name of its struct in lower case. A row is a msgpack
array in the order of its fields. All numbers outside msgpack are little-endian.

Say `hello` first, within {hello:g} seconds. The server answers `welcome`, then either the whole
state in `snapshot` parts or, where it resumes, the `records` after your seq; then `visitors`, and
from there on `records` without a gap. An `answer` comes only after every record it depends on is
durable and was sent. When the socket is closed with {slow}, connect again and resume.

## Pose ({pose} bytes, from the client, at most {rate:g} a second)

`kind u8 = 1 · sequence u8 · cell_x i16 · cell_z i16 · x u16 · y u16 · z u16 · yaw u16 · flags u16`

A cell is {cell:g} m. `x` and `z` are the way into the cell in 65536 steps; `y` is
(metres + 128) · {height:g}; `yaw` is a turn in 65536 steps, 0 looks to -Z, counter-clockwise from
above. The low four bits of `flags` are the animation: {animations}.
The next four are the `mark` of the newest `placed` that you have heard of, {mark} before the first:
poses of an older mark were under way when the server set your place, and are passed over. Who does
not say (0) is judged by speed alone.
A pose is a claim: where it is too fast or outside, the server answers `placed`.

## Motion frame (from the server, {hz:g} a second)

Head: `kind u8 = 2 · flags u8 · sections u16 · tick u32`. Flag bit 0: a full frame (everyone near
you is in it); bits 4 and 5: 0, 1 or 2, the tick rate is halved that many times.
Section: `cell_x i16 · cell_z i16 · count u16 · 0 u16`, then `count` records of {record} bytes:
`slot u16 · x u16 · y u16 · z u16 · yaw u16 · flags u16`; flags: the animation (4 bits), the
slot's generation (4 bits), and when in the tick the pose came (8 bits, 0.25 ms each).
Frames hold movers only; of those over {tile:g} m away from your cell only in its turn, {far} times
a second. After you join, when you change cell and every {full:g} seconds one is
full. Who is not in a full frame is out of sight.

## Reach (channel {number}, {reach} bytes, from a client with a headset)

`flags u16`, then three places (`u32` each) and three turns (`u32` each): the head's, the left
hand's, the right hand's. Flag bits 0, 1 and 2: the part is there; bits 3 to 5 and 6 to 8: how the
fingers of the left and the right hand are held ({grips}).
A place is relative to the feet of the last pose and turned with it, -Z ahead, from the lowest bit
on: x in 11 bits from {side:g} m by {side_step:g} mm, y in 10 bits from {up:g} m by {up_step:g} mm,
z as x. A turn is a unit quaternion: 2 bits say which part is largest, the other three follow in 10
bits each from -√½ to √½. A reach is a claim: the server keeps a head within {lean:g} m of over its
feet and a hand within {arm:g} m of the head, and neither faster than {fast:g} m/s. Repeat it at
least twice a second while the headset is worn; a reach without a head ends it.

## Frame of reaches (channel {number}, from the server, at most {hz:g} a second)

`tick u32`, then records of {reach_record} bytes: `slot u16`, then a reach, with the slot's
generation in the upper 4 bits of its flags. It holds those who moved within one or two small cells
of {ring:g} m around you, {reaches} at most.

## What is shown (raw frames of channel {shown}, from the server)

A component that everyone sees in the place of the logged one: `entity u64 · length u8`, its name,
then its fields by msgpack. Without fields the logged one is to be seen again.

## Bodies (raw frames of channel {bodies})

From the server, after the two head bytes: `tick u32 · sections u16 · flags u8 · divider u8`; flag
bit 0: every body near you that is not at rest is in it. Sections as above, of records of
{body} bytes: `entity u32 · y i32 · turn u32 · x u16 · z u16`; `y` in half millimetres; `turn` a
unit quaternion: 2 bits say which of x, y, z, w is left out, being the largest and positive, then
the others in 10 bits each from -√½ to √½. What comes to rest is told by `records`, in its
Transform.

From the client, {hold} bytes: where a hand holds what it has taken by the action `grab`:
`hand u8 (0 right, 1 left) · sequence u8 · x i16 · y i16 · z i16 · turn u32`, in millimetres from
the feet. It is held no farther than an arm reaches.

"""


def reach_figures() -> dict[str, object]:
    """Return what the page of the wire says about reaches."""
    return {
        "number": limbs.NUMBER,
        "reach": limbs.REACH_BYTES,
        "reach_record": limbs.RECORD.itemsize,
        "grips": ", ".join(f"{at} {what}" for at, what in enumerate(limbs.GRIPS)),
        "side": limbs.SIDE_MIN_M,
        "side_step": limbs.SIDE_STEP_M * 1000,
        "up": limbs.UP_MIN_M,
        "up_step": limbs.UP_STEP_M * 1000,
        "lean": LIMITS.lean_m_max,
        "arm": LIMITS.arm_m_max,
        "fast": LIMITS.hand_m_per_s_max,
        "ring": reach.RING_M,
        "reaches": LIMITS.visible_reaches_max,
    }


def wire_page() -> str:
    """Write docs/reference/wire.md."""
    parts = [
        WIRE_INTRODUCTION.format(
            command=COMMAND,
            subprotocol=messages.SUBPROTOCOL,
            hello=LIMITS.hello_seconds_max,
            slow=messages.Close.TOO_SLOW,
            pose=wire.POSE_FORM.size,
            rate=LIMITS.poses_per_second_max,
            cell=wire.CELL_M,
            tile=wire.CELL_M / wire.TILES,
            far=LIMITS.far_frames_per_second,
            height=wire.HEIGHT_STEPS_PER_M,
            hz=LIMITS.tick_hz,
            record=wire.RECORD_BYTES,
            mark=wire.FIRST_MARK,
            full=LIMITS.full_frame_seconds,
            animations=", ".join(f"{at} {what}" for at, what in enumerate(wire.ANIMATIONS)),
            **reach_figures(),
            bodies=physics.NUMBER,
            shown=showing.NUMBER,
            body=bodyframes.RECORD.itemsize,
            hold=bodyframes.HOLD.size,
        )
    ]
    to_server, to_client = parts_of(messages.ToServer), parts_of(messages.ToClient)
    rows = [s for s in structs_of(messages, msgspec.Struct) if s not in BASES]
    rows = [s for s in rows if s not in to_server and s not in to_client]
    for title, structs in (
        ("Messages from the client", to_server),
        ("Messages from the server", to_client),
        ("Parts of messages", rows),
    ):
        parts.append(f"## {title}\n\n")
        parts += [section(s) for s in structs]
    parts.append("## Close codes\n\n| code | name |\n|---|---|\n")
    parts += [f"| {code} | {name} |\n" for name, code in close_codes().items()]
    return "".join(parts)


def components_page() -> str:
    """Write docs/reference/components.md."""
    head = (
        "# Components and events\n\n"
        f"<!-- Generated by `{COMMAND}`. Do not edit. -->\n\n"
        "Typed, frozen data on an entity. Metres, seconds, radians, +Y up, right-handed,\n"
        "quaternions as x, y, z, w.\n\n## Components\n\n"
    )
    body = [section(s) for s in standard_components()]
    body.append("## Events of every world\n\n")
    body += [section(s) for s in structs_of(events, schema.Event)] + [section(avatar.Dressed)]
    return head + "".join(body).rstrip() + "\n"


PALETTES = {
    "skins": wardrobe.SKINS,
    "hairs": wardrobe.HAIRS,
    "eyes": wardrobe.EYES,
    "cloths": wardrobe.CLOTHS,
}


def wardrobe_typescript() -> str:
    """Write client/src/world/wardrobe.generated.ts: what a code needs, without any title."""
    parts = [
        head_of("worldloom/presence/wardrobe.py"),
        f"export const DIGITS = {json.dumps(wardrobe.DIGITS)};\n\n",
        "/** Colours in OKLCH: lightness, chroma, hue in degrees. */\n",
        "export const PALETTES = {\n",
    ]
    for name, colors in PALETTES.items():
        rows = "".join(f"    {json.dumps(color)},\n" for color in colors)
        parts.append(f"  {name}: [\n{rows}  ],\n")
    parts.append("} as const;\n\n")
    parts.append("/** Key, choices, default and palette, in the order of a code. */\n")
    parts.append("export const FIELDS = [\n")
    for field in wardrobe.FIELDS:
        palette = next((n for n, colors in PALETTES.items() if colors is field.colors), "")
        row = [field.key, field.choices, field.default, *([palette] if palette else [])]
        parts.append(f"  {json.dumps(row)},\n")
    parts.append("] as const;\n\nexport const PRESETS = [\n")
    parts += [f"  {json.dumps(code)},\n" for code in wardrobe.PRESETS.values()]
    return "".join(parts) + "] as const;\n"


def titles_typescript() -> str:
    """Write client/src/ui/wardrobe/titles.generated.ts: what the wardrobe's page calls things."""
    parts = [head_of("worldloom/presence/wardrobe.py")]
    parts.append("/** Key → title and the names of the choices. */\nexport const TITLES = {\n")
    for field in wardrobe.FIELDS:
        row = {"title": field.title, "names": field.names}
        parts.append(f"  {field.key}: {json.dumps(row)},\n")
    parts.append("} as const;\n\n/** The names of the presets, in their order. */\n")
    parts.append(f"export const PRESET_NAMES = {json.dumps(list(wardrobe.PRESETS))} as const;\n")
    return "".join(parts)


def generated() -> dict[Path, str]:
    """Return every generated file and what it should hold."""
    return {
        ROOT / "client/src/net/wire.generated.ts": wire_typescript(),
        ROOT / "client/src/world/components.generated.ts": components_typescript(),
        ROOT / "client/src/world/wardrobe.generated.ts": wardrobe_typescript(),
        ROOT / "client/src/ui/wardrobe/titles.generated.ts": titles_typescript(),
        ROOT / "docs/reference/wire.md": wire_page(),
        ROOT / "docs/reference/components.md": components_page(),
    }


def main() -> int:
    """Write what is stale, or with --check only name it."""
    files = generated()
    stale = [p for p, text in files.items() if not p.exists() or p.read_text("utf-8") != text]
    if "--check" in sys.argv[1:]:
        for path in stale:
            print(f"{path.relative_to(ROOT)} is stale: run `{COMMAND}`", file=sys.stderr)
        return 1 if stale else 0
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(files[path], "utf-8")
        print(path.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())

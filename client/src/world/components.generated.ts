// Generated from worldloom/kernel/standard.py by `python tools/generate_types.py`. Do not edit.

/** Where an entity is, relative to its parent: metres, quaternion xyzw, factors. */
export interface Transform {
  position: [number, number, number];
  rotation: [number, number, number, number];
  scale: [number, number, number];
}

/** A colour as `#rrggbb`, how much it hides (0 to 1) and how strongly it glows. */
export interface Color {
  value: string;
  opacity: number;
  glow: number;
}

/** A simple solid of a size in metres, with bevelled edges; solid: visitors cannot pass. */
export interface Shape {
  kind: "box" | "capsule" | "cone" | "cylinder" | "plane" | "sphere" | "torus";
  size: [number, number, number];
  bevel: number;
  solid: boolean;
}

/** A GLB by the sha256 (hex) of its bytes; anchor: its floor's middle or its own origin. */
export interface Model {
  asset: string;
  solid: boolean;
  animation: string;
  anchor: "floor" | "origin";
}

/** Writing of a letter size in metres, wrapped at a width; billboard: it turns to the reader. */
export interface Text {
  value: string;
  size: number;
  color: string;
  billboard: boolean;
  width: number;
}

/** A lamp: colour, intensity in candela, reach in metres, half angle of a spot in radians. */
export interface Light {
  kind: "point" | "spot" | "sun";
  color: string;
  intensity: number;
  reach: number;
  angle: number;
}

/**
 * The sky: hour of the day, a packed HDRI's name, clouds (0 to 1), minutes a day lasts.
 *
 * With `day_minutes=0` the hour stands still.
 */
export interface Sky {
  hour: number;
  hdri: string;
  clouds: number;
  day_minutes: number;
}

/** A sound asset heard up to `reach` metres away; volume 0 to 1. */
export interface Sound {
  asset: string;
  volume: number;
  loop: boolean;
  playing: boolean;
  reach: number;
}

/** A door to another world of the realm, entered within `radius` metres. */
export interface Portal {
  world: string;
  title: string;
  color: string;
  radius: number;
}

/** A title and a text that a visitor can read at an entity. */
export interface Annotation {
  title: string;
  text: string;
}

/** Visitors appear within `radius` metres of this entity's Transform. */
export interface Spawn {
  radius: number;
}

/** The entity can be pushed about; it is a disc of `radius` metres that friction stops. */
export interface Push {
  friction: number;
  radius: number;
}

/** Clicking the entity asks for an action with these arguments; a form asks for the others. */
export interface Use {
  action: string;
  label: string;
  arguments: [string, string][];
}

/**
 * (action, role): what an entity and all under it, or its Zone, ask of who touches them.
 *
 * `edit` stands for all actions that change it, `*` for any. Only owners set it.
 */
export interface Guard {
  rules: [string, string][];
}

/**
 * A rigid body that the server moves: mass in kg, friction, bounce (0 to 1), drag per second.
 *
 * Its form is that of its Shape, or `form` with a size in metres (for a Model, say). Where it
 * comes to rest is its Transform.
 */
export interface Body {
  mass: number;
  friction: number;
  bounce: number;
  drag: number;
  form: "box" | "capsule" | "cone" | "cylinder" | "own" | "sphere";
  size: [number, number, number];
}

/**
 * Ties the entity's Body to that of another, by name; without one, to its parent's frame.
 *
 * `anchor` is the tie's place in the own frame, `there` in the other's, in metres. A hinge or
 * slider goes along the own `axis` between `least` and `most` (radians, metres; equal: free) and
 * is driven at `speed`; a rope or spring is `most` long, a spring of `stiffness` N/m.
 */
export interface Joint {
  kind: "ball" | "fixed" | "hinge" | "rope" | "slider" | "spring";
  to: string;
  anchor: [number, number, number];
  there: [number, number, number];
  axis: [number, number, number];
  least: number;
  most: number;
  speed: number;
  stiffness: number;
}

/**
 * Visitors of a role take the entity from within `reach` metres, carry, turn and throw it.
 *
 * `throw` is the greatest speed of a throw in metres per second; without a Body it stays where it
 * is let go.
 */
export interface Grab {
  role: string;
  reach: number;
  throw: number;
}

/** One visitor of a role can sit here, looking along +Z, `height` metres over its origin. */
export interface Seat {
  role: string;
  reach: number;
  height: number;
}

/**
 * A volume about the entity's origin; entering and leaving it are events.
 *
 * `role`: only who has it comes in. `things`: Bodies are noticed too.
 */
export interface Zone {
  kind: "box" | "cylinder" | "sphere";
  size: [number, number, number];
  role: string;
  things: boolean;
}

/**
 * A picture on a card that faces +Z, in metres; a side of 0 follows the picture's own shape.
 *
 * `alt` says what it shows to who does not see it. `lit`: it takes the world's light, as a
 * painting does, instead of its own colours. `frame`: a moulding so wide, in the entity's Color.
 * `around`: a 360° picture (equirectangular) on the inside of a ball of that radius, its middle to
 * -Z, for who stands within.
 */
export interface Image {
  asset: string;
  width: number;
  height: number;
  alt: string;
  lit: boolean;
  frame: number;
  around: number;
}

/**
 * A moving picture on a card that plays by itself, over and over, for all at the same place.
 *
 * Metres; a side of 0 follows its own shape. It is silent at `volume` 0, else heard up to `reach`
 * metres away. `poster` stands until it plays; `alt` says what it shows. Nothing is kept of its
 * playing: the server's clock alone says where it is. `around`: as that of a picture.
 */
export interface Video {
  asset: string;
  poster: string;
  width: number;
  height: number;
  alt: string;
  volume: number;
  reach: number;
  around: number;
}

/**
 * A film that visitors play, pause and seek together, on a card that faces +Z, in metres.
 *
 * At `since` (UTC microseconds) it stood at `position` seconds; while `playing` it goes on from
 * there. `play_screen`, `pause_screen` and `seek_screen` set these for who has the role `control`.
 * `curve` bends the screen round who looks, radians. `captions` is WebVTT.
 */
export interface Screen {
  asset: string;
  poster: string;
  captions: string;
  title: string;
  width: number;
  height: number;
  curve: number;
  volume: number;
  reach: number;
  loop: boolean;
  control: "builder" | "member" | "owner" | "visitor";
  playing: boolean;
  position: number;
  since: number;
}

/**
 * The entity and all under it turn to whoever looks; upright: about the vertical axis alone.
 *
 * From `readable` metres on it keeps its size in the picture instead of shrinking, up to eight
 * times as large; with 0 it shrinks as all else does.
 */
export interface Billboard {
  turn: "free" | "upright";
  readable: number;
}

/**
 * Many copies of one solid, one for each row of an array, drawn in one call.
 *
 * A row has a place in metres, and may have a turn, a factor of size and a colour; `instances`
 * makes them from NumPy arrays. Small arrays stand in `data`, large ones in the file `asset`.
 */
export interface Instances {
  kind: "box" | "capsule" | "cone" | "cylinder" | "plane" | "sphere" | "torus";
  size: [number, number, number];
  color: string;
  data: Uint8Array | string;
  asset: string;
}

/**
 * A line through points in metres: a tube or a lying ribbon, `width` across.
 *
 * `dash` and `gap` part it, metres; `flow` lets the dashes run, metres per second. Many points
 * stand in an array (n, 3): `data`, or the file `asset`.
 */
export interface Path {
  points: [number, number, number][];
  kind: "ribbon" | "tube";
  width: number;
  color: string;
  closed: boolean;
  smooth: boolean;
  dash: number;
  gap: number;
  flow: number;
  glow: number;
  data: Uint8Array | string;
  asset: string;
}

/**
 * Numbers as colours: over a grid of its own, or over the entity's Shape or Model.
 *
 * A grid is an array (rows, columns) on a sheet of `size` metres (x, z), raised by `relief` metres
 * at its highest. Over a thing it is an array (n, 4): points x, y, z and their values, between
 * which the colours go over. Colours run from `low` to `high`; equal, they follow the numbers.
 * All maps are as light as they are high, and safe for colour-blind people. `gaps`: where a grid's
 * number is below `low`, nothing is drawn.
 */
export interface Heat {
  over: "grid" | "thing";
  size: [number, number];
  relief: number;
  map: "balance" | "cividis" | "gray" | "magma" | "viridis";
  low: number;
  high: number;
  title: string;
  unit: string;
  legend: boolean;
  data: Uint8Array | string;
  asset: string;
  gaps: boolean;
}

/**
 * Many small lights or flakes that drift from a box; the graphics card alone moves them.
 *
 * `area` is the box in metres, `velocity` metres per second, `spread` how far each strays from it,
 * `gravity` metres per second squared downwards, `life` seconds. `glow`: they add light. Everyone
 * sees the same, by the server's clock; who asked for less motion sees a few that stand still.
 */
export interface Particles {
  count: number;
  color: string;
  size: number;
  area: [number, number, number];
  velocity: [number, number, number];
  spread: number;
  gravity: number;
  life: number;
  glow: boolean;
  seed: number;
}

/**
 * A face that one draws on by pointer, finger or keys, `width` by `height` m, towards +Z.
 *
 * It lies `depth` metres before the entity's middle. A stroke asks for `action` with `points`: at
 * most `most` of them, metres to the right of the middle and up.
 */
export interface Sketch {
  action: string;
  width: number;
  height: number;
  depth: number;
  most: number;
  line: number;
  color: string;
}

/** A flat mirror that faces +Z, metres; where drawing is slow it shines and shows no picture. */
export interface Mirror {
  width: number;
  height: number;
  color: string;
}

/** A visitor clicked an entity; handlers run inside the click's own group. */
export interface Click {
  visitor: string;
  entity: number;
}

/**
 * Someone said something to all; `visitor.id` and `name` are empty when the world speaks.
 *
 * `agent`: software said it, with or without a body here.
 */
export interface Said {
  visitor: string;
  name: string;
  text: string;
  agent: boolean;
}

/** A visitor came in. */
export interface Entered {
  visitor: string;
  account: string;
  name: string;
}

/** A visitor went. */
export interface Left {
  visitor: string;
}

/** A body was pushed: it goes at this velocity from now on, in metres per second. */
export interface Pushed {
  visitor: string;
  entity: number;
  velocity: [number, number, number];
}

/** A body came to rest; `visitor` moved it last, if anyone did (otherwise the id is empty). */
export interface Rested {
  entity: number;
  visitor: string;
}

/** A visitor took a thing into a hand. */
export interface Grabbed {
  visitor: string;
  entity: number;
}

/** A visitor let go of a thing, at this velocity in metres per second. */
export interface Released {
  visitor: string;
  entity: number;
  velocity: [number, number, number];
}

/** A visitor sat down on a seat. */
export interface SatDown {
  visitor: string;
  seat: number;
}

/** A visitor stood up from a seat. */
export interface StoodUp {
  visitor: string;
  seat: number;
}

/** A visitor came into a zone. */
export interface ZoneEntered {
  visitor: string;
  zone: number;
}

/** A visitor went out of a zone, or out of the world. */
export interface ZoneLeft {
  visitor: string;
  zone: number;
}

/** A body came into a zone; `visitor` moved it last, if anyone did. */
export interface BodyEntered {
  entity: number;
  zone: number;
  visitor: string;
}

/** A body went out of a zone; `visitor` moved it last, if anyone did. */
export interface BodyLeft {
  entity: number;
  zone: number;
  visitor: string;
}

/** An account was given a role in this world. */
export interface Granted {
  account: string;
  role: string;
}

/** An account may not come in before a moment (UTC microseconds; 0: never again). */
export interface Banned {
  account: string;
  until: number;
}

/** An adapter could not do what the request of this seq asked for. */
export interface Failed {
  request: number;
  code: string;
  message: string;
}

/** A visitor that is software went somewhere at once (metres); where people are is presence. */
export interface Went {
  visitor: string;
  position: [number, number, number];
}

/** Software read this world: by each of its ways so many times, since it last was noted. */
export interface Looked {
  seconds: number;
  ways: [string, number][];
}

/** A program's call was refused; the record's actor asked for it. */
export interface CallRefused {
  call: string;
  code: string;
  missing: string;
}

/** A visitor looks otherwise from now on. */
export interface Dressed {
  visitor: string;
  avatar: string;
  vrm: string;
}

/** Every standard component by its name. */
export interface Components {
  Transform: Transform;
  Color: Color;
  Shape: Shape;
  Model: Model;
  Text: Text;
  Light: Light;
  Sky: Sky;
  Sound: Sound;
  Portal: Portal;
  Annotation: Annotation;
  Spawn: Spawn;
  Push: Push;
  Use: Use;
  Guard: Guard;
  Body: Body;
  Joint: Joint;
  Grab: Grab;
  Seat: Seat;
  Zone: Zone;
  Image: Image;
  Video: Video;
  Screen: Screen;
  Billboard: Billboard;
  Instances: Instances;
  Path: Path;
  Heat: Heat;
  Particles: Particles;
  Sketch: Sketch;
  Mirror: Mirror;
}

/** What a field is where an older writer left it out. */
export const DEFAULTS: Readonly<Components> = {
  Transform: {"position": [0.0, 0.0, 0.0], "rotation": [0.0, 0.0, 0.0, 1.0], "scale": [1.0, 1.0, 1.0]},
  Color: {"value": "#cccccc", "opacity": 1.0, "glow": 0.0},
  Shape: {"kind": "box", "size": [1.0, 1.0, 1.0], "bevel": 0.02, "solid": true},
  Model: {"asset": "", "solid": true, "animation": "", "anchor": "origin"},
  Text: {"value": "", "size": 0.2, "color": "#ffffff", "billboard": false, "width": 4.0},
  Light: {"kind": "point", "color": "#ffffff", "intensity": 1.0, "reach": 10.0, "angle": 0.8},
  Sky: {"hour": 12.0, "hdri": "", "clouds": 0.5, "day_minutes": 0.0},
  Sound: {"asset": "", "volume": 1.0, "loop": true, "playing": true, "reach": 12.0},
  Portal: {"world": "", "title": "", "color": "#7fb4ff", "radius": 1.2},
  Annotation: {"title": "", "text": ""},
  Spawn: {"radius": 2.0},
  Push: {"friction": 0.5, "radius": 0.4},
  Use: {"action": "", "label": "", "arguments": []},
  Guard: {"rules": []},
  Body: {"mass": 1.0, "friction": 0.6, "bounce": 0.2, "drag": 1.0, "form": "own", "size": [0.0, 0.0, 0.0]},
  Joint: {"kind": "hinge", "to": "", "anchor": [0.0, 0.0, 0.0], "there": [0.0, 0.0, 0.0], "axis": [0.0, 1.0, 0.0], "least": 0.0, "most": 0.0, "speed": 0.0, "stiffness": 100.0},
  Grab: {"role": "visitor", "reach": 2.5, "throw": 9.0},
  Seat: {"role": "visitor", "reach": 3.0, "height": 0.45},
  Zone: {"kind": "box", "size": [2.0, 2.0, 2.0], "role": "visitor", "things": true},
  Image: {"asset": "", "width": 1.0, "height": 0.0, "alt": "", "lit": false, "frame": 0.0, "around": 0.0},
  Video: {"asset": "", "poster": "", "width": 2.0, "height": 0.0, "alt": "", "volume": 0.0, "reach": 8.0, "around": 0.0},
  Screen: {"asset": "", "poster": "", "captions": "", "title": "", "width": 3.2, "height": 0.0, "curve": 0.0, "volume": 1.0, "reach": 16.0, "loop": false, "control": "visitor", "playing": false, "position": 0.0, "since": 0},
  Billboard: {"turn": "upright", "readable": 0.0},
  Instances: {"kind": "box", "size": [0.1, 0.1, 0.1], "color": "#cccccc", "data": "", "asset": ""},
  Path: {"points": [], "kind": "tube", "width": 0.06, "color": "#f2a64b", "closed": false, "smooth": true, "dash": 0.0, "gap": 0.0, "flow": 0.0, "glow": 0.0, "data": "", "asset": ""},
  Heat: {"over": "grid", "size": [4.0, 4.0], "relief": 0.0, "map": "viridis", "low": 0.0, "high": 0.0, "title": "", "unit": "", "legend": true, "data": "", "asset": "", "gaps": false},
  Particles: {"count": 300, "color": "#fff2c8", "size": 0.06, "area": [2.0, 0.2, 2.0], "velocity": [0.0, 0.6, 0.0], "spread": 0.2, "gravity": 0.0, "life": 4.0, "glow": true, "seed": 1},
  Sketch: {"action": "", "width": 1.0, "height": 1.0, "depth": 0.0, "most": 64, "line": 0.014, "color": "#22252a"},
  Mirror: {"width": 1.2, "height": 2.0, "color": "#e8eef2"},
};

// Generated from worldloom/kernel/components.py by `python tools/generate_types.py`. Do not edit.

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

/** A visitor clicked an entity; handlers run inside the click's own group. */
export interface Click {
  visitor: string;
  entity: number;
}

/** Someone said something to all; `visitor.id` and `name` are empty when the world speaks. */
export interface Said {
  visitor: string;
  name: string;
  text: string;
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
};

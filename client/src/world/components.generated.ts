// Generated from worldloom/kernel/components.py by `python tools/generate_types.py`. Do not edit.

/** Where an entity is relative to its parent: metres, quaternion xyzw, scale. */
export interface Transform {
  position: [number, number, number];
  rotation: [number, number, number, number];
  scale: [number, number, number];
}

/** A colour. */
export interface Color {
  value: string;
  opacity: number;
  glow: number;
}

/** A simple solid. */
export interface Shape {
  kind: "box" | "capsule" | "cone" | "cylinder" | "plane" | "sphere" | "torus";
  size: [number, number, number];
  bevel: number;
  solid: boolean;
}

/** A GLB. */
export interface Model {
  asset: string;
  solid: boolean;
  animation: string;
  anchor: "floor" | "origin";
}

/** A line of text. */
export interface Text {
  value: string;
  size: number;
  color: string;
  billboard: boolean;
  width: number;
}

/** A light. */
export interface Light {
  kind: "point" | "spot" | "sun";
  color: string;
  intensity: number;
  reach: number;
  angle: number;
}

/** The sky. */
export interface Sky {
  hour: number;
  hdri: string;
  clouds: number;
  day_minutes: number;
}

/** A sound. */
export interface Sound {
  asset: string;
  volume: number;
  loop: boolean;
  playing: boolean;
  reach: number;
}

/** A way to another world. */
export interface Portal {
  world: string;
  title: string;
  color: string;
  radius: number;
}

/** A note. */
export interface Annotation {
  title: string;
  text: string;
}

/** Where visitors appear. */
export interface Spawn {
  radius: number;
}

/** Can be pushed. */
export interface Push {
  friction: number;
  radius: number;
}

/** Clicking asks for an action. */
export interface Use {
  action: string;
  label: string;
  arguments: [string, string][];
}

/** A visitor said something. */
export interface Said {
  visitor: string;
  name: string;
  text: string;
}

/** A visitor came. */
export interface Entered {
  visitor: string;
  account: string;
  name: string;
}

/** A visitor went. */
export interface Left {
  visitor: string;
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
  Transform: {"position": [0, 0, 0], "rotation": [0, 0, 0, 1], "scale": [1, 1, 1]},
  Color: {"value": "#cccccc", "opacity": 1.0, "glow": 0.0},
  Shape: {"kind": "box", "size": [1, 1, 1], "bevel": 0.02, "solid": true},
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

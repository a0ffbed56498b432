// Generated from worldloom/presence/wardrobe.py by `python tools/generate_types.py`. Do not edit.

/** Key → title and the names of the choices. */
export const TITLES = {
  height: {"title": "Height", "names": []},
  build: {"title": "Build", "names": []},
  frame: {"title": "Shoulders and hips", "names": []},
  skin: {"title": "Skin", "names": []},
  face: {"title": "Face", "names": ["oval", "round", "square", "heart", "long", "soft"]},
  eyes: {"title": "Eyes", "names": []},
  hair: {"title": "Hair", "names": ["bald", "buzz", "crop", "parted", "quiff", "curls", "afro", "bob", "waves", "long", "ponytail", "bun", "braids", "topknot"]},
  hair_color: {"title": "Hair colour", "names": []},
  beard: {"title": "Beard", "names": ["none", "moustache", "goatee", "short", "full"]},
  top: {"title": "Top", "names": ["tee", "shirt", "jumper", "hoodie", "jacket", "tunic", "robe", "vest"]},
  top_color: {"title": "Top colour", "names": []},
  trim_color: {"title": "Trim colour", "names": []},
  bottom: {"title": "Bottom", "names": ["trousers", "slim", "wide", "shorts", "skirt", "gown"]},
  bottom_color: {"title": "Bottom colour", "names": []},
  shoes: {"title": "Shoes", "names": ["trainers", "boots", "flats", "sandals"]},
  shoes_color: {"title": "Shoe colour", "names": []},
  glasses: {"title": "Glasses", "names": ["none", "round", "square", "sun"]},
  hat: {"title": "On the head", "names": ["none", "cap", "beanie", "brim", "scarf", "turban", "phones", "flower"]},
  hat_color: {"title": "Its colour", "names": []},
  extra: {"title": "To wear with it", "names": ["none", "shawl", "tie", "necklace", "satchel", "pack"]},
  extra_color: {"title": "Its colour", "names": []},
} as const;

/** The names of the presets, in their order. */
export const PRESET_NAMES = ["Mei", "Omar", "Lena", "Kofi", "Amira", "Jonas", "Ines", "Haru", "Nia", "Ravi", "Elsa", "Sol"] as const;

"""A model with a label: a glTF file from disk, named, described and slowly lit.

Run it with `loom dev examples/03_model.py`; put any GLB of yours in the place of the vase.
"""

from worldloom import Annotation, Color, Light, World, cylinder, label, model

world = World("gallery", title="One vase")

plinth = world.spawn(
    "plinth", cylinder(radius=0.45, height=0.9), Color("#d8d2c4"), at=(0, 0.45, -3)
)
vase = world.spawn(
    "vase",
    model("assets/vase.glb"),
    Annotation("Vase", "Turned by a few lines of Python: a profile, swept round its axis."),
    at=(0, 0.9, -3),
)
world.spawn("vase label", label("A vase"), at=(0, 1.75, -3))
world.spawn("lamp", Light(color="#ffd9a0", intensity=6.0, reach=6.0), at=(1.2, 2.4, -2.2))

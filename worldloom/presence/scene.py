"""What physics sees of a world: the log's entities as bodies, fixed things and joints."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Protocol, TypeVar

import numpy as np

from worldloom.kernel.cells import EntityState
from worldloom.kernel.components import Model, Shape
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.physical import Body, Joint
from worldloom.kernel.schema import Component, decode
from worldloom.kernel.space import Pose, own_pose, world_pose
from worldloom.kernel.state import State
from worldloom.presence.bodies import Bodies
from worldloom.presence.forms import Form, form_of

SEEN: Final = ("Transform", "Shape", "Model", "Body", "Grab", "Joint")
"""The components that physics looks at."""
_ALL: Final = ("Body", "Grab", "Shape", "Model")
C = TypeVar("C", bound=Component)


class Models(Protocol):
    """Who knows the form of a GLB by its sha256; None while it is being read, or never."""

    def box(self, model: Model) -> Form | None:
        """Return the box round a model, in the entity's frame."""
        ...

    def mesh(self, model: Model) -> Form | None:
        """Return a model's solid triangles, in the entity's frame."""
        ...


class Scene:
    """Keeps the bodies and the fixed things of one world as its log has them."""

    def __init__(self, bodies: Bodies, models: Models | None = None) -> None:
        self._bodies = bodies
        self._models = models
        self._state: State | None = None
        self._made: dict[int, object] = {}
        """Body → what it was made of, to tell a new form from a new place."""
        self._fixed: dict[int, object] = {}
        self._tied: dict[int, object] = {}
        self._opened_seq = 0

    @property
    def state(self) -> State | None:
        """The state that was seen last."""
        return self._state

    def load(self, state: State, opened_seq: int = 0) -> None:
        """See a whole world anew; what stands as it did at `opened_seq` lay there before."""
        self._state, self._opened_seq = state, opened_seq
        old = self._made.keys() | self._fixed.keys()
        now = {id for name in _ALL for id in state.having.get(name, ())}
        self._refresh(old | now)
        self._opened_seq = 0

    def see(self, ids: Iterable[int]) -> None:
        """See what became of some entities and of all that is under them."""
        assert self._state is not None
        found: set[int] = set()
        waiting = list(ids)
        while waiting:
            id = waiting.pop()
            if id not in found:
                found.add(id)
                waiting += self._state.children(id)
        self._refresh(found)

    def _refresh(self, ids: set[int]) -> None:
        """Make bodies and fixed things anew where they changed, bodies first: joints need both."""
        owners: set[int] = set()
        fixed: set[int] = set()
        for id in ids:
            owner = self._owner(id)
            (fixed if owner is None else owners).add(id if owner is None else owner)
            if owner is not None and owner != id:
                self._drop_fixed(id)
        # What was a body and is none any more stands in `fixed`.
        for id in sorted(fixed):
            self._drop_body(id)
            self._put_fixed(id)
        self._tie_all({id for id in sorted(owners) if self._put_body(id)})

    def _owner(self, id: int) -> int | None:
        """Return the nearest entity, from this one upward, that is a body of its own."""
        state, depth = self._state, 0
        entity = state.entities.get(id) if state else None
        while entity is not None and depth <= LIMITS.entity_depth_max:
            if "Body" in entity.cells or "Grab" in entity.cells:
                return entity.id
            assert state is not None
            entity = None if entity.parent is None else state.entities.get(entity.parent)
            depth += 1
        return None

    # -- bodies --------------------------------------------------------------------------------

    def _put_body(self, id: int) -> bool:
        """Let a body be as the log has it; says whether it was made anew."""
        assert self._state is not None
        entity = self._state.entities[id]
        body = self._read(id, Body)
        pose = world_pose(self._state, id)
        forms = self._forms_of(entity, body, Pose(scale=pose.scale))
        made = (body, _likeness(forms))
        row = self._bodies.rows.get(id)
        self._drop_fixed(id)
        if row is None or self._made.get(id) != made:
            self._made[id] = made
            cell = entity.cells.get("Transform")
            settled = row is None and cell is not None and cell.seq <= self._opened_seq
            self._bodies.put(id, body, forms, pose, settled)
            return True
        if _kept_elsewhere(self._bodies, row, pose):
            self._bodies.keep(row, pose.position, pose.rotation)
            if row not in self._bodies.carried:
                self._bodies.place(row, pose.position, pose.rotation)
        return False

    def _forms_of(
        self, entity: EntityState, body: Body | None, at: Pose
    ) -> list[tuple[Form, Pose]]:
        """Return the forms of a body and of all that is solid under it, in the body's frame."""
        assert self._state is not None
        found = []
        form = self._form(entity, body, at, moves=True)
        if form is not None:
            found.append((form, at._replace(scale=(1.0, 1.0, 1.0))))
        for child in self._state.children(entity.id):
            below = self._state.entities[child]
            if "Body" not in below.cells and "Grab" not in below.cells:
                found += self._forms_of(below, None, at.under(own_pose(below)))
        return found

    def _form(self, entity: EntityState, body: Body | None, at: Pose, moves: bool) -> Form | None:
        shape = self._read(entity.id, Shape)
        if shape is not None and body is None and not shape.solid:
            shape = None
        form = form_of(shape, body, at.scale)
        model = self._read(entity.id, Model)
        if form is not None or model is None or self._models is None:
            return form
        if not model.solid and body is None:
            return None
        found = self._models.box(model) if moves else self._models.mesh(model)
        return None if found is None else _scaled(found, at)

    def _drop_body(self, id: int) -> None:
        if self._made.pop(id, None) is not None:
            self._bodies.drop(id)

    def _tie_all(self, made: set[int]) -> None:
        """Join anew what a joint holds, where one of both was made anew or the joint changed."""
        assert self._state is not None
        state = self._state
        for id in sorted(state.having.get("Joint", ()) | self._tied.keys()):
            joint = self._read(id, Joint) if id in self._made else None
            if joint is None:
                if self._tied.pop(id, None) is not None:
                    self._bodies.tie(id, None, None, Pose())
                continue
            other = state.by_name.get(joint.to) if joint.to else None
            parent = state.entities[id].parent
            frame = Pose() if other or parent is None else world_pose(state, parent)
            tie = (joint, other, frame)
            if self._tied.get(id) == tie and id not in made and other not in made:
                continue
            self._tied[id] = tie
            lost = bool(joint.to) and other is None
            self._bodies.tie(id, None if lost else joint, other, frame)

    # -- fixed things --------------------------------------------------------------------------

    def _put_fixed(self, id: int) -> None:
        state, engine = self._state, self._bodies.engine
        if state is None or engine is None:
            return
        entity = state.entities.get(id)
        form = pose = None
        if entity is not None and ("Shape" in entity.cells or "Model" in entity.cells):
            pose = world_pose(state, id)
            form = self._form(entity, None, pose, moves=False)
        if form is None or pose is None:
            self._drop_fixed(id)
            return
        made = (_likeness([(form, Pose())]), pose)
        if self._fixed.get(id) == made:
            return
        if id not in self._fixed and len(self._fixed) >= LIMITS.colliders_max:
            return
        self._fixed[id] = made
        engine.put_fixed(id, form, pose)
        self._bodies.stir()

    def _drop_fixed(self, id: int) -> None:
        if self._fixed.pop(id, None) is not None and self._bodies.engine is not None:
            self._bodies.engine.drop_fixed(id)
            self._bodies.stir()

    def _read(self, id: int, kind: type[C]) -> C | None:
        entity = self._state.entities.get(id) if self._state else None
        cell = entity.cells.get(kind.__kind__.name) if entity is not None else None
        return None if cell is None else decode(kind, cell.data, cell.version)


def _scaled(form: Form, at: Pose) -> Form:
    """Return a model's form under factors."""
    x, y, z = (abs(factor) for factor in at.scale)
    hx, hy, hz = form.half
    px, py, pz = form.at.position
    points = None if form.points is None else form.points * np.array((x, y, z), np.float32)
    return form._replace(
        half=(hx * x, hy * y, hz * z), at=Pose((px * x, py * y, pz * z)), points=points
    )


def _likeness(forms: list[tuple[Form, Pose]]) -> object:
    """Return what two equal forms have in common, and can be compared."""
    return [
        (form.kind, form.half, form.at, None if form.points is None else form.points.tobytes(), at)
        for form, at in forms
    ]


def _kept_elsewhere(bodies: Bodies, row: int, pose: Pose) -> bool:
    """Tell whether the log has a body at another place than was known."""
    away = np.abs(bodies.kept_places[row] - pose.position).max() > 1e-6
    dot = abs(float(np.dot(bodies.kept_turns[row], pose.rotation)))
    return bool(away) or dot < 1 - 1e-9

"""The one place that knows Rapier: rigid bodies, fixed things, joints and visitors' capsules.

Everything has a number of ours. Poses go in and come out as plain tuples and NumPy rows; nothing
of Rapier leaves this module, so that another engine could stand here.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from types import ModuleType
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from worldloom.kernel.limits import LIMITS
from worldloom.kernel.physical import Body, Joint
from worldloom.kernel.space import (
    NO_TURN,
    Pose,
    Quat,
    Vec,
    conjugate,
    multiply,
    shorten,
    subtract,
    turn,
)
from worldloom.presence.forms import Form

GRAVITY: Final = 9.81
STEP_S: Final = 1 / 60
STEPS: Final = 60 // LIMITS.tick_hz
"""Steps of physics in one step of the world."""
CAPSULE_RADIUS_M: Final = 0.3
CAPSULE_LOW_M: Final = 0.28
"""A visitor's capsule begins over the feet: who stands on a thing does not push it."""
CAPSULE_HIGH_M: Final = 1.65
DRIVE: Final = 0.35
"""The share of the way to the hand that a carried thing goes in one step."""
DRIVE_RADIANS_PER_S: Final = 20.0
STIFF_HZ: Final = 60.0
"""How stiff what touches is; at half of it ten crates sink into each other by two centimetres."""
DRIVEN: Final = 10.0
"""How hard a joint's motor holds its speed."""
FRICTION: Final = 0.6
"""Of everything fixed."""
AIR: Final = 0.05
"""Drag per second that everything in the air has."""
GROUND, THING, VISITOR, CARRIED = 1, 2, 4, 8

Rows = NDArray[np.float64]


class Drive(NamedTuple):
    """Where a hand holds a thing."""

    position: Vec
    rotation: Quat


def load() -> ModuleType | None:
    """Return Rapier, or None where it is not installed."""
    try:
        import rapier3d
    except ImportError:
        return None
    return rapier3d


class Rapier:
    """One world's physics."""

    def __init__(self, library: ModuleType) -> None:
        self._rp: Any = library
        self._world = library.PhysicsWorld(gravity=(0.0, -GRAVITY, 0.0))
        self._world.set_num_threads(1)
        parameters = self._world.integration_parameters
        parameters.dt = STEP_S
        stiff = library.SpringCoefficients(STIFF_HZ, 10.0)
        parameters.contact_softness = parameters.static_contact_softness = stiff
        parameters.normalized_max_linear_velocity = LIMITS.body_m_per_s_max
        self._bodies: dict[int, Any] = {}
        self._fixed: dict[int, list[Any]] = {}
        self._visitors: dict[str, Any] = {}
        self._joints: dict[int, Any] = {}
        # The plain that lies under every world.
        plain = library.Collider.halfspace((0.0, 1.0, 0.0)).friction(FRICTION)
        self._world.add_collider(plain.collision_groups(self._groups(GROUND, THING | CARRIED)))

    def _groups(self, own: int, others: int) -> Any:
        return self._rp.InteractionGroups(self._rp.Group(own), self._rp.Group(others))

    # -- what there is -------------------------------------------------------------------------

    def put_fixed(self, id: int, form: Form, pose: Pose) -> None:
        """Let a thing stand somewhere that never moves."""
        self.drop_fixed(id)
        groups, made = self._groups(GROUND, THING | CARRIED), []
        for part, at in parts_of(form):
            place = pose._replace(scale=(1.0, 1.0, 1.0)).under(at)
            collider = self._collider(part).position((place.position, place.rotation))
            collider = collider.friction(FRICTION).collision_groups(groups)
            made.append(self._world.add_collider(collider))
        self._fixed[id] = made

    def drop_fixed(self, id: int) -> None:
        """Take a fixed thing away; what leans on it wakes."""
        for handle in self._fixed.pop(id, ()):
            self._world.remove_collider(handle)

    def put_body(self, id: int, body: Body, forms: Iterable[tuple[Form, Pose]], pose: Pose) -> None:
        """Let a body be there, at rest, made of forms at poses in its own frame."""
        self.drop_body(id)
        rp = self._rp
        builder = rp.RigidBody.dynamic().position((pose.position, pose.rotation))
        builder = builder.linear_damping(AIR).angular_damping(body.drag)
        colliders = []
        for form, own in forms:
            for part, at in parts_of(form):
                place = own._replace(scale=(1.0, 1.0, 1.0)).under(at)
                collider = self._collider(part).position((place.position, place.rotation))
                colliders.append(collider.friction(body.friction).restitution(body.bounce))
        groups = self._groups(THING, GROUND | THING | VISITOR | CARRIED)
        mass = body.mass / max(len(colliders), 1)
        ready = [collider.mass(mass).collision_groups(groups) for collider in colliders]
        if not ready:
            builder = builder.additional_mass(body.mass).gravity_scale(0.0)
        handle = self._world.add_body(builder, ready)
        # Thin and fast things must not pass through walls.
        self._world.rigid_bodies[handle].ccd_enabled = True
        self._bodies[id] = handle

    def drop_body(self, id: int) -> None:
        """Take a body away, with its joints; what leans on it wakes."""
        handle = self._bodies.pop(id, None)
        if handle is not None:
            self._world.remove_body(handle)

    def _collider(self, form: Form) -> Any:
        """Return Rapier's builder of a form; a hull that is none is its box."""
        make = self._rp.Collider
        x, y, z = form.half
        if form.kind in ("hull", "mesh"):
            try:
                if form.kind == "hull":
                    return make.convex_hull(form.points)
                return make.trimesh(form.points, form.faces)
            except (self._rp.RapierError, ValueError):
                return make.cuboid(x, y, z)
        if form.kind == "sphere":
            return make.ball(x)
        if form.kind == "cylinder":
            return make.cylinder(y, x)
        if form.kind == "cone":
            return make.cone(y, x)
        if form.kind == "capsule":
            return make.capsule_y(max(y - x, 0.0), x)
        return make.cuboid(x, y, z)

    def tie(self, id: int, joint: Joint, other: int | None, frame: Pose) -> None:
        """Join a body to another one, or to a frame that never moves."""
        self.untie(id)
        own, post = self._bodies[id], None
        if other is None:
            builder = self._rp.RigidBody.fixed().position((frame.position, frame.rotation))
            post = self._world.add_body(builder)
        base = self._bodies[other] if other is not None else post
        bodies = self._world.rigid_bodies
        back = conjugate(bodies[base].rotation.to_tuple())
        between = multiply(back, bodies[own].rotation.to_tuple())
        made = make_joint(self._rp, joint, between).contacts_enabled(False).build()
        self._joints[id] = (self._world.impulse_joints.insert(base, own, made), post)

    def untie(self, id: int) -> None:
        """Take a body's joint away."""
        found = self._joints.pop(id, None)
        if found is not None:
            handle, post = found
            self._world.impulse_joints.remove(handle)
            if post is not None:
                self._world.remove_body(post)

    # -- how it moves --------------------------------------------------------------------------

    def set_pose(self, id: int, position: Vec, rotation: Quat) -> None:
        """Put a body somewhere, without motion, awake."""
        body = self._body(id)
        body.position = (position, rotation)
        body.linvel = body.angvel = (0.0, 0.0, 0.0)
        self._world.wake_up(self._bodies[id])

    def set_speed(self, id: int, velocity: Vec, spin: Vec = (0.0, 0.0, 0.0)) -> None:
        """Give a body a velocity (m/s) and a spin (rad/s), and wake it."""
        body = self._body(id)
        body.linvel, body.angvel = velocity, spin
        self._world.wake_up(self._bodies[id])

    def carry(self, id: int, carried: bool) -> None:
        """Let a hand have a body, or gravity again; who carries a thing is not in its way."""
        body = self._body(id)
        body.gravity_scale = 0.0 if carried else 1.0
        groups = (
            self._groups(CARRIED, GROUND | THING | CARRIED)
            if carried
            else self._groups(THING, GROUND | THING | VISITOR | CARRIED)
        )
        for handle in body.colliders:
            self._world.colliders[handle].collision_groups = groups
        self._world.wake_up(self._bodies[id])

    def halt(self, id: int) -> None:
        """Take the last motion out of a body; Rapier lets it sleep in its own time.

        To put it to sleep ourselves would take it out of the islands that hold what lies on it.
        """
        body = self._body(id)
        body.linvel = body.angvel = (0.0, 0.0, 0.0)

    def sleep(self, ids: Iterable[int]) -> None:
        """Let bodies that lay still before sleep on, all at once, where none of them is joined.

        They must have been stepped once: what never touched anything would not wake for it.
        """
        for id in set(ids) - self._joints.keys():
            self.halt(id)
            self._body(id).sleep()

    def _body(self, id: int) -> Any:
        return self._world.rigid_bodies[self._bodies[id]]

    def put_visitor(self, id: str, feet: Vec) -> None:
        """Let a visitor's capsule be there."""
        rp = self._rp
        half = (CAPSULE_HIGH_M - CAPSULE_LOW_M) / 2 - CAPSULE_RADIUS_M
        body = rp.RigidBody.kinematic_position_based().translation(capsule_at(feet))
        collider = rp.Collider.capsule_y(half, CAPSULE_RADIUS_M).friction(0.2)
        collider = collider.collision_groups(self._groups(VISITOR, THING))
        self._visitors[id] = self._world.add_body(body, [collider])

    def drop_visitor(self, id: str) -> None:
        """Take a visitor's capsule away."""
        handle = self._visitors.pop(id, None)
        if handle is not None:
            self._world.remove_body(handle)

    @property
    def visitors(self) -> Collection[str]:
        """Whose capsules are there."""
        return self._visitors.keys()

    def step(self, drives: Mapping[int, Drive], walks: Mapping[str, tuple[Vec, Vec]]) -> None:
        """Take one step of the world: hands pull, visitors walk from one place to the next."""
        for number in range(1, STEPS + 1):
            for id, drive in drives.items():
                self._pull(self._body(id), drive)
            for visitor, (before, after) in walks.items():
                body = self._world.rigid_bodies[self._visitors[visitor]]
                feet = between(before, after, number / STEPS)
                body.set_next_kinematic_translation(capsule_at(feet))
            self._world.step()

    def _pull(self, body: Any, drive: Drive) -> None:
        """Set a carried thing's speed so that it goes to its hand; walls still stop it."""
        rate = DRIVE / STEP_S
        x, y, z = subtract(drive.position, body.translation.to_tuple())
        body.linvel = shorten((x * rate, y * rate, z * rate), LIMITS.body_m_per_s_max)
        i, j, k, w = multiply(drive.rotation, conjugate(body.rotation.to_tuple()))
        if w < 0:
            i, j, k, w = -i, -j, -k, -w
        size = math.sqrt(i * i + j * j + k * k)
        angle = 2 * math.atan2(size, w)
        spin = angle * rate / size if size > 1e-6 else 0.0
        body.angvel = shorten((i * spin, j * spin, k * spin), DRIVE_RADIANS_PER_S)

    def awake(self) -> set[int]:
        """Return the bodies that physics moves now."""
        bodies = self._world.rigid_bodies
        return {id for id, handle in self._bodies.items() if not bodies[handle].is_sleeping}

    def read(self, ids: Iterable[int]) -> tuple[Rows, Rows]:
        """Return places (n, 3) and turns (n, 4) of bodies."""
        bodies, handles = self._world.rigid_bodies, self._bodies
        places, turns = [], []
        for id in ids:
            pose = bodies[handles[id]].position
            places.append(pose.translation.to_tuple())
            turns.append(pose.rotation.to_tuple())
        return np.array(places, float).reshape(-1, 3), np.array(turns, float).reshape(-1, 4)

    def velocity(self, id: int) -> Vec:
        """Return a body's velocity in metres per second."""
        x, y, z = self._body(id).linvel.to_tuple()
        return x, y, z

    def revive(self) -> list[int]:
        """Let bodies go on whose numbers overflowed; return them, for the caller to place anew."""
        lost = self._world.quarantine
        if lost.is_empty():
            return []
        numbers = {handle: id for id, handle in self._bodies.items()}
        found = [numbers[handle] for handle in lost.bodies if handle in numbers]
        for id in found:
            self._body(id).is_enabled = True
        return found


def parts_of(form: Form) -> Iterable[tuple[Form, Pose]]:
    """Yield the simple forms of a form, each with its pose in the entity's frame."""
    if form.kind == "parts":
        for part in form.parts:
            yield part, form.at.under(part.at)
    else:
        yield form, form.at


def between(a: Vec, b: Vec, share: float) -> Vec:
    """Return the place at a share of the way from a to b."""
    return (a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share,
            a[2] + (b[2] - a[2]) * share)  # fmt: skip


def capsule_at(feet: Vec) -> Vec:
    """Return the middle of the capsule of someone whose feet are there."""
    return (feet[0], feet[1] + (CAPSULE_LOW_M + CAPSULE_HIGH_M) / 2, feet[2])


def unit_axis(axis: Vec) -> Vec:
    """Return an axis of length 1; +Y for none."""
    size = math.hypot(*axis)
    return (axis[0] / size, axis[1] / size, axis[2] / size) if size > 1e-9 else (0.0, 1.0, 0.0)


def make_joint(rp: Any, joint: Joint, between: Quat) -> Any:
    """Return Rapier's builder of a joint; `between` is how the own frame is turned in the other.

    A swing round the axis leaves the axis where it is in both frames, so that angles count from
    the same turn whenever it is made anew.
    """
    if joint.kind == "fixed":
        made = rp.FixedJoint.builder().local_frame1((joint.there, between))
        return made.local_frame2((joint.anchor, NO_TURN))
    if joint.kind == "ball":
        made = rp.SphericalJoint.builder()
    elif joint.kind == "rope":
        made = rp.RopeJoint.builder(max(joint.most, 0.01))
    elif joint.kind == "spring":
        damping = 0.4 * math.sqrt(joint.stiffness)
        made = rp.SpringJoint.builder(max(joint.most, 0.0), joint.stiffness, damping)
    else:
        axis = unit_axis(joint.axis)
        made = (rp.RevoluteJoint if joint.kind == "hinge" else rp.PrismaticJoint).builder(axis)
        made = made.local_axis2(axis).local_axis1(turn(between, axis))
        if joint.least < joint.most:
            made = made.limits(joint.least, joint.most)
        if joint.speed:
            made = made.motor_velocity(joint.speed, DRIVEN)
    return made.local_anchor1(joint.there).local_anchor2(joint.anchor)

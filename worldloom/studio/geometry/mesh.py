"""Mesh: positions, normals, linear colours and triangles, and how to move and join them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Indices = NDArray[np.int64]
WHITE = (1.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Mesh:
    """Triangles (m, 3) over points (n, 3) in metres with unit normals and linear RGB colours."""

    positions: Array
    normals: Array
    triangles: Indices
    colors: Array
    uvs: Array = field(default_factory=lambda: np.zeros((0, 2)))

    def moved(self, x: float = 0.0, y: float = 0.0, z: float = 0.0) -> Mesh:
        """Return the mesh shifted by metres."""
        return replace(self, positions=self.positions + np.array([x, y, z]))

    def turned(self, matrix: ArrayLike) -> Mesh:
        """Return the mesh rotated by a 3×3 rotation matrix."""
        r = np.asarray(matrix, float).T
        return replace(self, positions=self.positions @ r, normals=self.normals @ r)

    def turned_x(self, angle: float) -> Mesh:
        """Return the mesh turned round +X by radians."""
        c, s = math.cos(angle), math.sin(angle)
        return self.turned(np.array([[1, 0, 0], [0, c, -s], [0, s, c]]))

    def turned_y(self, angle: float) -> Mesh:
        """Return the mesh turned round +Y by radians."""
        c, s = math.cos(angle), math.sin(angle)
        return self.turned(np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]]))

    def turned_z(self, angle: float) -> Mesh:
        """Return the mesh turned round +Z by radians."""
        c, s = math.cos(angle), math.sin(angle)
        return self.turned(np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]))

    def scaled(self, x: float, y: float | None = None, z: float | None = None) -> Mesh:
        """Return the mesh scaled by factors; one factor scales all three axes."""
        factors = np.array([x, x if y is None else y, x if z is None else z])
        flipped = bool(np.prod(factors) < 0)
        return replace(
            self,
            positions=self.positions * factors,
            normals=unit(self.normals / factors),
            triangles=self.triangles[:, ::-1] if flipped else self.triangles,
        )

    def painted(self, color: ArrayLike) -> Mesh:
        """Return the mesh in one colour, or one colour a vertex."""
        spread = np.broadcast_to(np.asarray(color, float), self.positions.shape)
        return replace(self, colors=spread.copy())

    def shaded(self, factor: ArrayLike) -> Mesh:
        """Return the mesh with its colours multiplied by one factor a vertex."""
        column = np.reshape(np.asarray(factor, float), (-1, 1))
        return replace(self, colors=np.clip(self.colors * column, 0, 1))

    def with_normals(self, normals: ArrayLike) -> Mesh:
        """Return the mesh with other normals, made unit length."""
        spread = np.broadcast_to(np.asarray(normals, float), self.positions.shape)
        return replace(self, normals=unit(spread))

    def with_positions(self, positions: Array) -> Mesh:
        """Return the mesh with its points elsewhere."""
        return replace(self, positions=positions)

    def with_uvs(self, uvs: ArrayLike) -> Mesh:
        """Return the mesh with texture coordinates (n, 2)."""
        spread = np.broadcast_to(np.asarray(uvs, float), (len(self.positions), 2))
        return replace(self, uvs=spread.copy())

    def face_normals(self) -> Array:
        """Return the cross product of each triangle's edges: twice its area, pointing outwards."""
        p = self.positions[self.triangles]
        return np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0])

    def oriented(self) -> Mesh:
        """Return the mesh with every triangle wound to agree with its vertex normals."""
        wrong = np.einsum("ij,ij->i", self.face_normals(), self.normals[self.triangles].sum(1)) < 0
        triangles = self.triangles.copy()
        triangles[wrong] = triangles[wrong][:, ::-1]
        return replace(self, triangles=triangles)

    def cleaned(self) -> Mesh:
        """Return the mesh without triangles of no area and without unused vertices."""
        area = np.linalg.norm(self.face_normals(), axis=1)
        kept = self.triangles[area > 1e-9]
        used, inverse = np.unique(kept, return_inverse=True)
        uvs = self.uvs[used] if len(self.uvs) else self.uvs
        return Mesh(
            self.positions[used],
            self.normals[used],
            inverse.reshape(-1, 3),
            self.colors[used],
            uvs,
        )

    def smoothed(self) -> Mesh:
        """Return the mesh with area-weighted vertex normals."""
        face = self.face_normals()
        normals = np.zeros_like(self.positions)
        for corner in range(3):
            np.add.at(normals, self.triangles[:, corner], face)
        return replace(self, normals=unit(normals))

    def bounds(self) -> tuple[Array, Array]:
        """Return the lowest and the highest corner."""
        return self.positions.min(0), self.positions.max(0)


def unit(vectors: Array) -> Array:
    """Return vectors (…, 3) made unit length; zero stays zero."""
    length: Array = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / np.maximum(length, 1e-12)


def mesh(
    positions: ArrayLike, normals: ArrayLike, triangles: ArrayLike, color: ArrayLike = WHITE
) -> Mesh:
    """Return a mesh; `normals` and `color` may be given once for all vertices."""
    points = np.asarray(positions, float).reshape(-1, 3)
    return Mesh(
        points,
        np.broadcast_to(np.asarray(normals, float), points.shape).copy(),
        np.asarray(triangles, np.int64).reshape(-1, 3),
        np.broadcast_to(np.asarray(color, float), points.shape).copy(),
    )


def merge(parts: Iterable[Mesh]) -> Mesh:
    """Return one mesh of many; texture coordinates are kept when any part has them."""
    some = list(parts)
    offsets = np.cumsum([0] + [len(part.positions) for part in some[:-1]])
    textured = any(len(part.uvs) for part in some)
    uvs = [p.uvs if len(p.uvs) else np.zeros((len(p.positions), 2)) for p in some]
    return Mesh(
        np.concatenate([part.positions for part in some]),
        np.concatenate([part.normals for part in some]),
        np.concatenate([part.triangles + o for part, o in zip(some, offsets, strict=True)]),
        np.concatenate([part.colors for part in some]),
        np.concatenate(uvs) if textured else np.zeros((0, 2)),
    )


def grid_triangles(rows: int, columns: int, closed: bool = False) -> Indices:
    """Return two triangles for each cell of a row-major grid of vertices; `closed` joins rows."""
    last = rows if closed else rows - 1
    i, j = np.meshgrid(np.arange(last), np.arange(columns - 1), indexing="ij")
    a = (i * columns + j).ravel()
    b = (((i + 1) % rows) * columns + j).ravel()
    return np.concatenate([np.c_[a, a + 1, b + 1], np.c_[a, b + 1, b]])

"""The order of a mesh's triangles and vertices, which decides how well both compress.

Triangles follow one another over shared edges and newly seen vertices come in turn, so that the
index codec spends about a byte on a triangle and neighbouring rows differ little (after Sander,
Nehab and Barczak, "Fast Triangle Reordering", 2007).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.int64]
CACHE = 16


def tidy(triangles: Indices, vertices: int) -> tuple[Indices, Indices]:
    """Return reordered triangles over renumbered vertices, and which old vertex each new one is."""
    corners = triangles.tolist()
    around: list[list[int]] = [[] for _ in range(vertices)]
    for at, triangle in enumerate(corners):
        for vertex in triangle:
            around[vertex].append(at)
    live = [len(found) for found in around]
    stamp = [-CACHE] * vertices
    done = [False] * len(corners)
    order: list[int] = []
    recent: list[int] = []
    now, cursor, fan = 0, 0, 0
    while fan >= 0:
        near: list[int] = []
        for at in around[fan]:
            if done[at]:
                continue
            done[at] = True
            order.append(at)
            for vertex in corners[at]:
                near.append(vertex)
                recent.append(vertex)
                live[vertex] -= 1
                if now - stamp[vertex] >= CACHE:
                    stamp[vertex] = now
                    now += 1
        fan = _next(near, live, stamp, now)
        while fan < 0 and recent:
            vertex = recent.pop()
            if live[vertex] > 0:
                fan = vertex
        while fan < 0 and cursor < vertices:
            if live[cursor] > 0:
                fan = cursor
            cursor += 1
    return renumbered(triangles[order], vertices)


def _next(near: list[int], live: list[int], stamp: list[int], now: int) -> int:
    """Return the vertex to fan about: the oldest that will still be known when it is done."""
    best, found = -1, -1
    for vertex in near:
        if live[vertex] <= 0:
            continue
        age = now - stamp[vertex]
        rank = age if age + 2 * live[vertex] <= CACHE else 0
        if rank > best:
            best, found = rank, vertex
    return found


def renumbered(triangles: Indices, vertices: int) -> tuple[Indices, Indices]:
    """Number vertices by their first use; return the triangles and the old number of each."""
    flat = triangles.ravel()
    used, first = np.unique(flat, return_index=True)
    old = used[np.argsort(first, kind="stable")]
    number = np.zeros(vertices, np.int64)
    number[old] = np.arange(len(old))
    return number[triangles], old

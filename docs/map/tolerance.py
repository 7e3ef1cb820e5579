"""How exact the map is, and where: lines are simplified so that they are off by less than can be seen."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import shapely
from shapely.geometry import LineString, Polygon

WORLD = 1 << 20
"""The map is Web Mercator, so many steps wide and high. A step is 26 metres in Seattle, and 2 pixels at level 13."""

TILE = WORLD >> 5
"""How many steps a tile is wide and high."""

# Up to which level a line is half a pixel off at most: anywhere, and within how many degrees of which places.
NOWHERE = 3.7
POLES, BEYOND = 2.4, 66  # the projection makes large what is near the poles, and few people live there
AROUND = (
    (lambda place: place["scalerank"] <= 8, 0.6, 4.6),
    (lambda place: place["pop_max"] > 400_000, 0.5, 5.8),
    (lambda place: place["scalerank"] <= 1 or place["pop_max"] > 3e6, 0.6, 6.8),
    (lambda place: place["name"] == "Seattle", 4, 6.8),
    (lambda place: place["name"] == "Seattle", 1.6, 10.5),  # there, that is all that Natural Earth has
)
LARGE_CITY = 6.7
"""What is finer than at this level is near a large city."""

SQUARES = 2048
"""How many squares there are from west to east. Each has a tolerance of its own."""


def project(points: np.ndarray) -> np.ndarray:
    """Return where longitudes and latitudes are on the map, in steps."""
    latitude = np.radians(np.clip(points[:, 1], -85.05, 85.05))
    y = 0.5 - np.arcsinh(np.tan(latitude)) / (2 * math.pi)
    return np.column_stack([(points[:, 0] + 180) / 360, y]) * WORLD


def half_a_pixel(level: float) -> float:
    """Return how many steps are half a pixel at a level."""
    return WORLD / (512 * 2**level)


class Tolerance:
    """By how many steps a line may be off.

    Args:
        places: Properties of Natural Earth's populated places, with `at`: where each is, in steps.
    """

    def __init__(self, places: Sequence[Mapping[str, Any]]) -> None:
        self._squares = np.full((SQUARES, SQUARES), half_a_pixel(NOWHERE))
        north, south = project(np.array([[0, BEYOND], [0, 6 - BEYOND]]))[:, 1] * SQUARES / WORLD
        self._squares[: int(north)] = self._squares[int(south) :] = half_a_pixel(POLES)
        middles = (np.indices((SQUARES, SQUARES)).transpose(1, 2, 0)[:, :, ::-1] + 0.5) * (WORLD / SQUARES)
        for is_meant, degrees, level in AROUND:
            reach = degrees * WORLD / 360
            for place in filter(is_meant, places):
                corners = [np.clip((place["at"] + way) * SQUARES // WORLD, 0, SQUARES - 1) for way in (-reach, reach)]
                (left, top), (right, bottom) = corners
                window = np.s_[int(top) : int(bottom) + 1, int(left) : int(right) + 1]
                near = np.hypot(*(middles[window] - place["at"]).transpose(2, 0, 1)) < reach
                self._squares[window][near] = np.minimum(self._squares[window][near], half_a_pixel(level))

    def at(self, points: np.ndarray) -> np.ndarray:
        """Return the tolerance at each of these points."""
        squares = np.clip(points * SQUARES // WORLD, 0, SQUARES - 1).astype(int)
        return self._squares[squares[:, 1], squares[:, 0]]

    def is_finer(self, geometry: shapely.Geometry, level: float) -> bool:
        """Return whether the map is made for a higher level anywhere along a line."""
        return bool(self.at(shapely.get_coordinates(geometry)).min() < half_a_pixel(level))

    def step(self, column: int, row: int) -> int:
        """Return in which steps a tile counts: the largest that are fine enough for what is finest in it."""
        size = SQUARES * TILE // WORLD
        finest = self._squares[row * size : (row + 1) * size, column * size : (column + 1) * size].min()
        return 1 << max(0, int(math.log2(finest)))

    def areas(self, geometries: Iterable[shapely.Geometry], least: float, factor: float = 1) -> shapely.Geometry:
        """Return polygons on whole steps.

        Args:
            geometries: Polygons, which may overlap.
            least: Parts smaller than so many squares of the tolerance are left out.
            factor: How many times the tolerance a line may be off.
        """
        kept = []
        for polygon in shapely.get_parts(shapely.union_all([shapely.make_valid(each) for each in geometries])):
            if polygon.geom_type != "Polygon":
                continue
            rings = [np.array(ring.coords) for ring in (polygon.exterior, *polygon.interiors)]
            is_large = [Polygon(ring).area > least * self.at(ring).min() ** 2 for ring in rings]
            outer, *holes = [
                self._simplified(ring, factor) if large else [] for ring, large in zip(rings, is_large, strict=True)
            ]
            if len(outer) > 3:
                kept.append(shapely.make_valid(Polygon(outer, [hole for hole in holes if len(hole) > 3])))
        return shapely.set_precision(shapely.union_all(kept), 1)

    def lines(self, geometries: Iterable[shapely.Geometry], factor: float = 1) -> shapely.Geometry:
        """Return simplified lines on whole steps, off by `factor` times the tolerance at most."""
        parts = shapely.get_parts(shapely.line_merge(shapely.union_all(list(geometries))))
        kept = [np.round(self._simplified(np.array(part.coords), factor)) for part in parts]
        return shapely.multilinestrings([LineString(points) for points in kept])

    def _simplified(self, points: np.ndarray, factor: float) -> np.ndarray:
        """Return the points of a line that say enough of its shape (Douglas and Peucker)."""
        limits = self.at(points) * factor
        keep = np.zeros(len(points), bool)
        keep[[0, -1]] = True
        todo = [(0, len(points) - 1)]
        if (points[0] == points[-1]).all():  # a ring: begin with two halves
            far = int(np.hypot(*(points - points[0]).T).argmax())
            keep[far] = True
            todo = [(0, far), (far, len(points) - 1)]
        while todo:
            first, last = todo.pop()
            if last - first < 2:
                continue
            start, way = points[first], points[last] - points[first]
            between = points[first + 1 : last] - start
            part = np.clip(between @ way / (way @ way or 1), 0, 1)
            off = np.hypot(*(between - part[:, None] * way).T) / limits[first + 1 : last]
            worst = first + 1 + int(off.argmax())
            if off.max() > 1:
                keep[worst] = True
                todo += [(first, worst), (worst, last)]
        return points[keep]

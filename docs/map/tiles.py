"""The tiles of the map, as map.json has them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

import numpy as np
import shapely
from shapely.geometry import box
from tolerance import TILE, WORLD, Tolerance

LAYERS = ("land", "urban", "lakes", "rivers", "states", "borders", "disputed")
AREAS = ("land", "urban", "lakes")

# Characters from # to ~ are digits of a base. Those below SHORT are numbers by themselves.
FIRST, BASE, SHORT = 35, 92, 76

Layer = tuple[str, int, shapely.Geometry]
"""What is on the map: which of LAYERS, the level from which on it is seen, and its shape."""


def tile_rows(layers: Iterable[Layer], tolerance: Tolerance) -> list[list]:
    """Return a row for each tile: its column, row and step, and a list for each of LAYERS.

    That has a list for each level at which something appears: the level, and its lines. Lines are cut after they were
    simplified, so those of neighbouring tiles meet.
    """
    tiles: dict[tuple[int, int], list] = defaultdict(lambda: [defaultdict(list) for _ in LAYERS])
    for layer, level, geometry in layers:
        for column, row, inside in _cut(geometry):
            for points in _outlines(inside):
                moves = _moves_along(points, (column * TILE, row * TILE), tolerance.step(column, row))
                if len(moves) > (2 if layer in AREAS else 1):
                    tiles[column, row][LAYERS.index(layer)][level].append(as_text(moves.ravel().tolist()))
    return [
        [*at, tolerance.step(*at), *([[level, *lines] for level, lines in sorted(layer.items())] for layer in tile)]
        for at, tile in sorted(tiles.items())
    ]


def as_text(numbers: Iterable[int]) -> str:
    """Return small numbers as a character each, larger ones as two or four: half of what they take in JSON."""
    digits: list[int] = []
    for signed in numbers:
        number = 2 * signed if signed >= 0 else -2 * signed - 1
        if number < SHORT:
            digits += [number]
        elif number < SHORT + BASE * (BASE - 1 - SHORT):
            digits += [SHORT + (number - SHORT) // BASE, (number - SHORT) % BASE]
        else:
            digits += [BASE - 1, number // BASE**2, number // BASE % BASE, number % BASE]
    return "".join(chr(digit + FIRST) for digit in digits).replace("\\", "!")


def _cut(geometry: shapely.Geometry, left: int = 0, top: int = 0, width: int = WORLD) -> Iterator[tuple]:
    """Yield the column and row of each tile, and what is in it."""
    inside = shapely.intersection(geometry, box(left, top, left + width, top + width))
    if inside.is_empty:
        return
    if width == TILE:
        yield left // TILE, top // TILE, inside
        return
    half = width // 2
    for x in (left, left + half):
        for y in (top, top + half):
            yield from _cut(inside, x, y, half)


def _outlines(geometry: shapely.Geometry) -> Iterator[np.ndarray]:
    """Yield the points of each ring, without its last, or of each line."""
    if geometry.geom_type == "MultiLineString":
        geometry = shapely.line_merge(geometry)
    for part in shapely.get_parts(geometry):
        if part.geom_type == "Polygon":
            yield from (np.array(ring.coords)[:-1] for ring in (part.exterior, *part.interiors))
        elif part.geom_type == "LineString":
            yield np.array(part.coords)


def _moves_along(points: np.ndarray, corner: tuple[int, int], step: int) -> np.ndarray:
    """Return the first point as seen from the tile's corner, and each other from the one before."""
    rounded = np.round((points - corner) / step).astype(int)
    moves = np.diff(rounded, axis=0, prepend=[(0, 0)])
    return moves[(moves != 0).any(axis=1) | (np.arange(len(moves)) == 0)]

"""Make the map of the page from Natural Earth: `python docs/map/build.py DATA`.

Natural Earth (naturalearthdata.com) is in the public domain. DATA is a clone of the GitHub repository
martynafford/natural-earth-geojson at commit 0b9a6ce, which is Natural Earth 4.0.0 as GeoJSON, each file packed as
NAME.7z. The files that are used are named below.

This needs numpy, py7zr and shapely, and half a minute. The same data and libraries make the same map, byte for byte.
"""

import gzip
import json
import math
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import py7zr
import shapely
from shapely.geometry import shape
from tiles import Layer, tile_rows
from tolerance import LARGE_CITY, WORLD, Tolerance, half_a_pixel, project

TARGET = Path(__file__).parents[2] / "wildrydes_cli" / "page" / "map.json"
GAP = 8  # steps that a border may end before the coast
SMALL = 100  # square steps: the land of a country that is too small for its name

# What has another name today, and what the data spells wrongly.
RENAMED = {
    "Kiev": "Kyiv",
    "Kiev Reservoir": "Kyiv Reservoir",
    "Macedonia": "North Macedonia",
    "Swaziland": "Eswatini",
    "Guinea Bissau": "Guinea-Bissau",
    "Svalbard and Jan Mayen Islands": "Svalbard",
    "Sevastapol": "Sevastopol",
    "Golfo San Mat’as": "Golfo San Matías",  # noqa: RUF001
    "Gulf of Olen‘k": "Gulf of Olenyok",  # noqa: RUF001
    "Prince ALbert Sound": "Prince Albert Sound",
}
SPOILT = ("jrvi", "Pijnne")  # names of lakes that have lost letters

Info = dict[str, Any]
"""The properties of a feature of Natural Earth."""


def read(folder: Path, *names: str) -> Iterator[tuple[Info, shapely.Geometry]]:
    """Yield the properties and the shape, in steps, of each feature of some files."""
    for name in names:
        (path,) = folder.rglob(f"{name}.7z")
        with py7zr.SevenZipFile(path) as archive:
            factory = py7zr.io.BytesIOFactory(1 << 28)
            archive.extractall(factory=factory)
        (content,) = factory.products.values()
        for feature in json.loads(content.read())["features"]:
            if feature["geometry"]:
                yield feature["properties"], shapely.transform(shape(feature["geometry"]), project)


def by_level(features: Iterable[tuple[Info, shapely.Geometry]]) -> list[tuple[int, list[shapely.Geometry]]]:
    """Return the shapes of features, by the level from which on Natural Earth shows them."""
    found = defaultdict(list)
    for info, geometry in features:
        found[math.floor(info["min_zoom"])].append(geometry)
    return sorted(found.items())


def layers(folder: Path, lakes: list[tuple[Info, shapely.Geometry]], tolerance: Tolerance) -> Iterator[Layer]:
    """Yield what is on the map."""
    land = [found for info, found in read(folder, "ne_10m_land", "ne_10m_minor_islands") if info["min_zoom"] < 20]
    yield "land", 0, tolerance.areas(land, 95)
    for level, found in by_level(lakes):
        yield "lakes", level, tolerance.areas(found, 80, 0.75 if level < 3 else 1.5)
    for level, found in by_level(read(folder, "ne_50m_urban_areas")):
        yield "urban", level, tolerance.areas(found, 110, 2.8)

    names = ("ne_10m_rivers_lake_centerlines", "ne_10m_rivers_north_america", "ne_10m_rivers_europe")
    rivers = [(info, found) for info, found in read(folder, *names) if info["featurecla"] == "River"]
    wanted = [
        (info, found) for info, found in rivers if info["scalerank"] < 8 or tolerance.is_finer(found, LARGE_CITY - 0.2)
    ]
    for level, found in by_level(wanted):
        yield "rivers", level, tolerance.lines(found, 2.4)

    borders = list(read(folder, "ne_10m_admin_0_boundary_lines_land"))
    for layer, is_agreed in (("borders", True), ("disputed", False)):
        seen = [(info, found) for info, found in borders if info["featurecla"].startswith("International") == is_agreed]
        for level, found in by_level(seen):
            yield layer, level, tolerance.lines(found)
    yield "states", 3, tolerance.lines(found for _, found in read(folder, "ne_50m_admin_1_states_provinces_lines"))


def place_rows(places: list[Info], tolerance: Tolerance) -> list[list]:
    """Return each place's name, where it is, its level, its size (0, 1 or 2), and whether it is a capital."""

    def is_wanted(place: Info) -> bool:
        is_near = tolerance.at(place["at"][None])[0] < half_a_pixel(LARGE_CITY)
        return place["min_zoom"] < 6 or (place["min_zoom"] < 8 and (place["pop_max"] > 150_000 or is_near))

    def size(place: Info) -> int:
        if place["scalerank"] <= 1 or place["pop_max"] > 3e6 or place["name"] == "Seattle":
            return 2
        return int(place["scalerank"] <= 4 or place["pop_max"] > 400_000)

    places = sorted(filter(is_wanted, places), key=lambda place: (place["scalerank"], -place["pop_max"], place["name"]))
    return [
        [called(place["name"]), *whole(place["at"]), math.floor(place["min_zoom"]), size(place), int(place["adm0cap"])]
        for place in places
    ]


def water_rows(features: Iterable[tuple[Info, shapely.Geometry]], tolerance: Tolerance) -> list[list]:
    """Return the name of each sea and lake, where it is widest, and its level.

    That is Natural Earth's level for the name, or the one from which on the water is as large as the name.
    """
    rows = []
    for info, found in features:
        name = called(info["name"] or "")
        if not name or any(part in name for part in SPOILT):
            continue
        largest = max(shapely.get_parts(shapely.make_valid(found)), key=lambda part: part.area)
        if info["min_label"] <= 6 or tolerance.is_finer(largest, LARGE_CITY):
            left, top, right, bottom = largest.bounds
            size = math.sqrt((right - left) * (bottom - top))
            level = max(info["min_label"], round(math.log2(len(name) * 4 * WORLD / 256 / size), 1))
            if level < 10:
                rows.append([level, -largest.area, name, *widest(largest)[0]])
    return [[name, x, y, level] for level, _, name, x, y in sorted(rows)]


def country_rows(folder: Path, places: list[Info]) -> list[list]:
    """Return each country's name, where its largest part is widest, and from which level on the name fits in.

    A country is what lies between coasts and borders, and what most of the places in it say it is: so the names fit the
    borders that are drawn.
    """
    coasts = [part.boundary for _, land in read(folder, "ne_10m_land") for part in shapely.get_parts(land)]
    borders = [border for _, border in read(folder, "ne_10m_admin_0_boundary_lines_land")]
    net = shapely.union_all(coasts + borders, grid_size=GAP)
    parts = [part for part in shapely.get_parts(shapely.polygonize([net])) if part.area > SMALL]
    inside = shapely.STRtree(parts).query(shapely.points([place["at"] for place in places]), predicate="within")
    votes: dict[int, Counter[str]] = defaultdict(Counter)
    for place, part in inside.T.tolist():
        votes[part][places[place]["adm0name"]] += 1
    largest: dict[str, shapely.Geometry] = {}
    for part, names in sorted(votes.items()):
        name = min(names, key=lambda each: (-names[each], each))
        if name not in largest or parts[part].area > largest[name].area:
            largest[name] = parts[part]
    rows = []
    for name, part in largest.items():
        at, radius = widest(part)
        level = math.log2(max(map(len, name.split())) * 3 * WORLD / 256 / radius)
        if level < 6:
            rows.append([level, called(name), *at])
    return [[name, x, y, max(1, round(level - 0.3, 1))] for level, name, x, y in sorted(rows)]


def called(name: str) -> str:
    """Return a name as the map has it."""
    name = " ".join("".join(letter for letter in name if letter.isprintable()).split())
    if name.isupper():
        name = name.title()
    return RENAMED.get(name, name)


def widest(polygon: shapely.Geometry) -> tuple[list[int], float]:
    """Return the middle and the radius of the largest circle in a polygon."""
    radius = shapely.maximum_inscribed_circle(polygon, polygon.length / 500)
    return whole(radius.coords[0]), radius.length


def whole(point: Iterable[float]) -> list[int]:
    """Return a point on whole steps."""
    return [round(float(value)) for value in point]


def main(folder: Path) -> None:
    """Write the map, and print how large it is."""
    cities = read(folder, "ne_10m_populated_places_simple")
    places = [info | {"at": np.array(found.coords[0])} for info, found in cities]
    lakes = list(read(folder, "ne_10m_lakes", "ne_10m_lakes_north_america", "ne_10m_lakes_europe"))
    tolerance = Tolerance(places)
    parts = {
        "tiles": tile_rows(layers(folder, lakes, tolerance), tolerance),
        "places": place_rows(places, tolerance),
        "water": water_rows([*read(folder, "ne_10m_geography_marine_polys"), *lakes], tolerance),
        "countries": country_rows(folder, places),
    }
    lists = []
    for name, rows in parts.items():
        lines = ",\n".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows)
        lists.append(f'"{name}": [\n{lines}\n]')
    content = ("{" + ",\n".join(lists) + "}\n").encode()
    TARGET.write_bytes(content)
    counts = ", ".join(f"{len(rows)} {name}" for name, rows in parts.items())
    print(f"{counts}: {len(content)} bytes, {len(gzip.compress(content, 9))} gzipped")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

/** What the map shows of the world: water and land, cities, lakes, rivers and borders. */

import { colors, repaint } from "./canvas.js";
import { STEPS, tilesOf } from "./tiles.js";
import { scale, toWorld, view } from "./view.js";

/**
 * How a kind is painted.
 *
 * @typedef {object} Style
 * @property {string} kind - Of map.json.
 * @property {string} [fill] - A name of a colour.
 * @property {boolean} [isOnLand] - It is painted on land only, although the data has it in the water, too.
 * @property {string} [line] - A name of a colour.
 * @property {(zoom: number, level: number) => number} [width] - Of the line, in pixels; `level` is where it
 *   appears.
 * @property {number[]} [dash] - In pixels.
 * @property {number} [from] - The level from which it is shown. It fades in.
 * @property {number} [to] - The level at which it has faded out.
 *
 * @typedef {{tile: import("./tiles.js").Tile, x: number, y: number}} Place - A tile, and where on the canvas its
 *   upper left corner is.
 */
/** The lowest first. @type {Style[]} */
const STYLES = [
  { kind: "land", fill: "land" },
  { kind: "urban", fill: "urban", from: 4.5, isOnLand: true },
  { kind: "states", line: "state", width: () => 1, dash: [4, 3], from: 3, to: 11, isOnLand: true },
  { kind: "rivers", line: "water", width: riverWidth },
  { kind: "lakes", fill: "water" },
  { kind: "lakes", line: "coast", width: () => 0.8, from: 5 },
  { kind: "land", line: "coast", width: () => 1, from: 3.7 },
  { kind: "borders", line: "border", width: borderWidth },
  { kind: "disputed", line: "border", width: borderWidth, dash: [3, 3] },
];
const FADING = 0.7; // levels

/** @type {(zoom: number) => import("./tiles.js").Tile[]} */
let tiles = () => [];

/**
 * Takes the tiles of map.json.
 *
 * @param {import("./tiles.js").Row[]} rows
 */
export function setLand(rows) {
  tiles = tilesOf(rows);
  repaint();
}

/**
 * Paints the water, and the land on it.
 *
 * @param {CanvasRenderingContext2D} ink
 */
export function paintLand(ink) {
  ink.clearRect(0, 0, view.width, view.height);
  ink.save();
  ink.lineJoin = "round";
  const seen = seenTiles();
  for (const style of STYLES) {
    const fadeIn = (view.zoom - (style.from ?? -1)) / FADING;
    const fadeOut = ((style.to ?? Infinity) - view.zoom) / FADING;
    ink.globalAlpha = Math.max(0, Math.min(1, fadeIn, fadeOut));
    if (ink.globalAlpha) {
      ink.globalCompositeOperation = style.isOnLand ? "source-atop" : "source-over";
      ink.fillStyle = colors[style.fill ?? ""] ?? "";
      ink.strokeStyle = colors[style.line ?? style.fill ?? ""];
      for (const place of seen) {
        paintTile(ink, place, style);
      }
    }
  }
  ink.globalAlpha = 1;
  ink.globalCompositeOperation = "destination-over";
  ink.fillStyle = colors.water;
  ink.fillRect(0, 0, view.width, view.height);
  ink.restore();
}

/**
 * Returns the tiles that can be seen.
 *
 * @returns {Place[]}
 */
function seenTiles() {
  const { x: left, y: top } = toWorld({ x: 0, y: 0 });
  const { x: right, y: bottom } = toWorld({ x: view.width, y: view.height });
  const seen = [];
  for (let copy = Math.floor(left); copy <= right; copy++) {
    for (const tile of tiles(view.zoom)) {
      const isAcross = tile.left + copy < right && tile.right + copy > left;
      if (isAcross && tile.top < bottom && tile.bottom > top) {
        seen.push({ tile, x: (tile.left + copy - left) * scale(), y: (tile.top - top) * scale() });
      }
    }
  }
  return seen;
}

/**
 * @param {CanvasRenderingContext2D} ink
 * @param {Place} place
 * @param {Style} style
 */
function paintTile(ink, { tile, x, y }, { kind, fill, line, width = () => 1, dash = [] }) {
  const drawings = tile.get(kind).filter(({ level }) => level <= view.zoom);
  if (!drawings.length) {
    return;
  }
  const pixels = scale() / STEPS;
  ink.save();
  ink.translate(x, y);
  ink.scale(pixels, pixels);
  ink.setLineDash(dash.map((part) => part / pixels));
  for (const { level, area, edge, cut } of drawings) {
    if (fill) {
      ink.fill(area, "evenodd");
      ink.lineWidth = 2 / pixels; // so that no gap is seen between two tiles
      ink.stroke(cut);
    }
    if (line) {
      ink.lineWidth = width(view.zoom, level) / pixels;
      ink.stroke(edge);
    }
  }
  ink.restore();
}

/**
 * Returns the width of a border in pixels. A line of one device pixel is painted faster than a wider one, and from
 * afar there are many.
 *
 * @param {number} zoom
 */
function borderWidth(zoom) {
  return zoom < 4 ? 1 / devicePixelRatio : Math.min(1.4, 0.5 + zoom / 8);
}

/**
 * Returns the width of a river in pixels. It is wider the longer it has been on the map.
 *
 * @param {number} zoom
 * @param {number} level
 */
function riverWidth(zoom, level) {
  return Math.max(0.4, Math.min(3.5, 0.5 + (zoom - level) * 0.3));
}

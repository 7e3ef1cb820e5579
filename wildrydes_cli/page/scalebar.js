/** The bar that says how far something is on the map. */

import { find } from "./dom.js";
import { unproject } from "./projection.js";
import { roundNumber } from "./text.js";
import { scale, view } from "./view.js";

const EQUATOR = 40_075_017; // metres
const LONGEST = 130; // pixels
const bar = find("scale", HTMLElement);

/** Makes the bar as long as a round number of metres or kilometres is in the middle of the map. */
export function paintScaleBar() {
  const { latitude } = unproject(view);
  const metres = (EQUATOR * Math.cos((latitude * Math.PI) / 180)) / scale(); // in a pixel
  const length = roundNumber(LONGEST * metres);
  const text = length < 1000 ? `${length} m` : `${length / 1000} km`;
  const width = `${Math.round(length / metres)}px`;
  if (bar.textContent !== text || bar.style.width !== width) {
    bar.textContent = text;
    bar.style.width = width;
  }
}

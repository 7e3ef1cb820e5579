/** Starts the page. */

import { paintWith, repaint } from "./canvas.js";
import { watchControls } from "./controls.js";
import { paintCross, paintPickup, paintRides } from "./drawing.js";
import { find } from "./dom.js";
import { paintFlight } from "./flight.js";
import { paintLand, setLand } from "./land.js";
import { updateTimes } from "./list.js";
import { complain } from "./log.js";
import { paintNames, setNames } from "./names.js";
import { startPolling } from "./polling.js";
import { watchForm } from "./request.js";
import { paintScaleBar } from "./scalebar.js";
import { ask } from "./server.js";
import { HOME, HOME_ZOOM, lookAt, watchView } from "./view.js";

const AGAIN = 2000; // milliseconds
const TIMES = 30_000; // milliseconds until "2 minutes ago" is looked at again
const world = find("world", HTMLElement);

/** Loads the map once, however often that has to be tried. */
async function loadMap() {
  for (let tries = 1;; tries++) {
    try {
      const map = await ask("/map.json");
      setLand(map.tiles);
      setNames(map);
      world.ariaBusy = "false";
      return;
    } catch {
      if (tries === 1) {
        complain("The map could not be loaded. Trying again…");
      }
      await new Promise((resolve) => setTimeout(resolve, AGAIN));
    }
  }
}

watchView(repaint);
paintWith([paintLand, paintRides, paintNames, paintScaleBar, paintCross, paintPickup, paintFlight]);
watchControls();
watchForm();
lookAt(HOME, HOME_ZOOM);
loadMap();
startPolling();
setInterval(updateTimes, TIMES);

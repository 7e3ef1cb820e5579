/** Starts the page. */

import { paintWith, repaint } from "./canvas.js";
import { watchControls } from "./controls.js";
import { paintCross, paintPickup, paintRides } from "./drawing.js";
import { find } from "./dom.js";
import { paintFlight } from "./flight.js";
import { paintLand, setLand } from "./land.js";
import { updateList, updateTimes, watchList } from "./list.js";
import { complain } from "./log.js";
import { paintNames, setNames } from "./names.js";
import { startPolling } from "./polling.js";
import { updateButton, watchForm } from "./request.js";
import { paintScaleBar } from "./scalebar.js";
import { ask } from "./server.js";
import { watchSignIn } from "./signin.js";
import { HOME, HOME_ZOOM, lookAt, watchView } from "./view.js";

const AGAIN = 2000; // milliseconds
const TIMES = 30_000; // milliseconds until "2 minutes ago" is looked at again
const world = find("world", HTMLElement);

/**
 * Returns the JSON at a path, however often that has to be tried.
 *
 * @param {string} path
 * @param {string} what - What it is, for the log.
 * @returns {Promise<any>}
 */
async function load(path, what) {
  for (let tries = 1;; tries++) {
    try {
      return await ask(path);
    } catch {
      if (tries === 1) {
        complain(`${what} could not be loaded. Trying again…`);
      }
      await new Promise((resolve) => setTimeout(resolve, AGAIN));
    }
  }
}

async function loadMap() {
  const map = await load("/map.json", "The map");
  setLand(map.tiles);
  setNames(map);
  world.ariaBusy = "false";
}

/** The settings say whether riders sign in, and whether a server lists rides. */
async function start() {
  const settings = await load("/config.json", "The settings of this page");
  if (settings.SignInUrl) {
    await watchSignIn(settings, updateButton);
  }
  if (settings.Store) {
    startPolling(settings);
  } else {
    find("scope", HTMLElement).hidden = false;
    updateList();
  }
}

watchView(repaint);
paintWith([paintLand, paintNames, paintScaleBar, paintRides, paintCross, paintPickup, paintFlight]);
watchControls();
watchForm();
watchList();
lookAt(HOME, HOME_ZOOM);
loadMap();
start();
setInterval(updateTimes, TIMES);

/** What keys do within the lines of a log, as long as the focus is there. */

const CONTROLS = ".row a, .row button";

/**
 * What the handling of a key has to do with: the list, the line with the focus, if it is on one, and whether it is on one
 * of its controls.
 * @typedef {{list: import("./line-controls.js").List, line: HTMLElement | null, within: boolean}} Place
 */

/**
 * `press` returns whether the key means something at that place.
 * @type {{key: string, description: string, press: (place: Place) => boolean}[]}
 */
export const LINE_KEYS = [
  {
    key: "ArrowUp",
    description: "line above, once Tab has led to the lines",
    press: (place) => toLine(place, -1),
  },
  { key: "ArrowDown", description: "line below", press: (place) => toLine(place, 1) },
  {
    key: "Enter",
    description: "what can be done with a line",
    press: ({ line, within }) => !within && toControl(line, 0),
  },
  {
    key: "ArrowRight",
    description: "next of what can be done with it",
    press: ({ line, within }) => within && toControl(line, 1),
  },
  {
    key: "ArrowLeft",
    description: "previous of what can be done with it",
    press: ({ line, within }) => within && toControl(line, -1),
  },
  {
    key: "Escape",
    description: "from there back to the line",
    press({ line, within }) {
      if (within) line?.focus();
      return within;
    },
  },
];

/** @param {Place} place @param {number} step */
function toLine({ list, line }, step) {
  list.focusNext(step, line ? Number(line.dataset.id) : 0);
  return true;
}

/** @param {HTMLElement | null} line @param {number} step from the control that has the focus */
function toControl(line, step) {
  if (!line) return false;
  const controls = /** @type {HTMLElement[]} */ ([...line.querySelectorAll(CONTROLS)]).filter(
    ({ offsetParent }) => offsetParent,
  );
  const root = /** @type {ShadowRoot} */ (line.getRootNode());
  const current = controls.indexOf(/** @type {HTMLElement} */ (root.activeElement));
  const next = current < 0 ? 0 : (current + step + controls.length) % controls.length;
  controls[next]?.focus();
  return true;
}

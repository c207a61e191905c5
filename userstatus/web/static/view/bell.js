/** Pictures of a bell: filled while an alert is on, with waves beside it while it comes with a sound; crossed out where something is muted. */

const SVG = "http://www.w3.org/2000/svg";
const BELL = "M8 2a4 4 0 0 1 4 4v3l1.5 2.5h-11L4 9V6a4 4 0 0 1 4-4z";
const CLAPPER = "M6.5 13.3a1.6 1.6 0 0 0 3 0z";
const CROSS = "M2 1.5 14 14.5";
const WAVES = "M1.5 3.5a7 7 0 0 0 0 5M14.5 3.5a7 7 0 0 1 0 5";

export function bell() {
  return picture({ body: BELL, clapper: CLAPPER, waves: WAVES });
}

export function crossedBell() {
  return picture({ body: BELL, clapper: CLAPPER, cross: CROSS });
}

/** @param {Record<string, string>} shapes by the names of their classes */
function picture(shapes) {
  const drawn = document.createElementNS(SVG, "svg");
  drawn.setAttribute("viewBox", "0 0 16 16");
  drawn.setAttribute("aria-hidden", "true");
  drawn.classList.add("bell");
  for (const [name, shape] of Object.entries(shapes)) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("class", name);
    path.setAttribute("d", shape);
    drawn.append(path);
  }
  return drawn;
}

/** The picture of a bell: filled while an alert is on, with waves beside it while it comes with a sound. */

const SVG = "http://www.w3.org/2000/svg";
const BELL = "M8 2a4 4 0 0 1 4 4v3l1.5 2.5h-11L4 9V6a4 4 0 0 1 4-4z";
const CLAPPER = "M6.5 13.3a1.6 1.6 0 0 0 3 0z";
const WAVES = "M1.5 3.5a7 7 0 0 0 0 5M14.5 3.5a7 7 0 0 1 0 5";

export function bell() {
  const picture = document.createElementNS(SVG, "svg");
  picture.setAttribute("viewBox", "0 0 16 16");
  picture.setAttribute("aria-hidden", "true");
  picture.classList.add("bell");
  for (const [name, shape] of Object.entries({ body: BELL, clapper: CLAPPER, waves: WAVES })) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("class", name);
    path.setAttribute("d", shape);
    picture.append(path);
  }
  return picture;
}

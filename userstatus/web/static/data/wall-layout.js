/** How tiles fill a screen: in how many columns, and how large, so that each can be read from as far away as possible. */

/**
 * `width` and `height` of a tile are in multiples of the font size; `smallest` and `largest` are font sizes in pixels.
 * @typedef {{width: number, height: number, smallest: number, largest: number}} Form
 */

/**
 * @param {{width: number, height: number}} room in pixels
 * @param {number} count of tiles
 * @param {Form} form of a tile
 * @returns {{columns: number, rows: number, font: number}} the columns and rows in which the font can be largest
 */
export function fit(room, count, form) {
  let best = { columns: 1, rows: Math.max(1, count), font: 0 };
  for (let columns = 1; columns <= Math.max(1, count); columns += 1) {
    const rows = Math.max(1, Math.ceil(count / columns));
    const font = Math.min(room.width / columns / form.width, room.height / rows / form.height);
    if (font > best.font) best = { columns, rows, font };
  }
  if (best.font < form.smallest) {
    // They do not all fit: the screen scrolls, and no column may be too narrow.
    const columns = Math.max(1, Math.floor(room.width / form.width / form.smallest));
    best = { columns, rows: Math.max(1, Math.ceil(count / columns)), font: form.smallest };
  }
  return { ...best, font: Math.min(best.font, form.largest) };
}

/** Makes lines from many messages a slice at a time, so that a page that holds a whole log stays smooth meanwhile. */

/** @typedef {import("./feed.js").Message} Message */
/** @typedef {import("./lines.js").Lines} Lines */

const SLICE_MS = 8; // less than a frame
const CHECK_CHARACTERS = 4000; // between looks at the clock, which take time, too

export class LineMaker {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer = undefined;

  /** Whether it is at work. */
  get busy() {
    return this.#timer !== undefined;
  }

  /**
   * Add messages to lines. The first slice is done at once, and usually the only one.
   * @param {Lines} lines
   * @param {Message[]} messages at the end of which more may be added meanwhile: they are taken as well
   * @param {() => void} done called when all of them have been added
   */
  make(lines, messages, done) {
    this.stop();
    let next = 0;
    const slice = () => {
      next = addSlice(lines, messages, next);
      this.#timer = next < messages.length ? setTimeout(slice) : undefined;
      if (!this.busy) done();
    };
    slice();
  }

  stop() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

/** @param {Lines} lines @param {Message[]} messages @param {number} first @returns {number} the index of the next one */
function addSlice(lines, messages, first) {
  const end = performance.now() + SLICE_MS;
  let next = first;
  for (let read = 0; next < messages.length; next += 1) {
    lines.add(messages[next]);
    read += messages[next].message.length;
    if (read < CHECK_CHARACTERS) continue;
    read = 0;
    if (performance.now() > end) return next + 1;
  }
  return next;
}

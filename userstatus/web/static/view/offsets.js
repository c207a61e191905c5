/** Where the items of a virtual list are: their distances from its top, from heights that are measured or estimated. */

const ESTIMATE_PX = 22; // the height of an item that has not been measured

/** @param {{height: number}} item @returns {number} pixels */
export function heightOf({ height }) {
  return height || ESTIMATE_PX;
}

export class Offsets {
  /** @type {Float64Array<ArrayBufferLike>} */
  #tops = new Float64Array(1024);
  #count = 0;

  /** Lay the items out, one below the other. @param {{height: number}[]} items height in pixels, 0 if not measured */
  arrange(items) {
    if (items.length >= this.#tops.length) this.#tops = new Float64Array(items.length * 2);
    let top = 0;
    for (let index = 0; index < items.length; index += 1) {
      this.#tops[index] = top;
      top += heightOf(items[index]);
    }
    this.#tops[items.length] = top;
    this.#count = items.length;
  }

  /** The height of all items together, in pixels. */
  get total() {
    return this.#tops[this.#count];
  }

  /** @param {number} index @returns {number} the distance of an item from the top, in pixels */
  top(index) {
    return this.#tops[index];
  }

  /** @param {number} place in pixels @returns {number} the index of the item there, or of the nearest one; 0 without any */
  at(place) {
    let low = 0;
    let high = this.#count;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.#tops[middle] <= place) low = middle;
      else high = middle;
    }
    return low;
  }

  /** @param {number} from pixels @param {number} to pixels @returns {[number, number]} first index, and the one after the last */
  range(from, to) {
    return [this.at(from), Math.min(this.at(to) + 1, this.#count)];
  }
}

/** Whether the viewer is at something that must not move away: the pointer or the keyboard's focus is on it. */

// A mouse that was left lying there must not hold it for the night.
const REST_MS = 10_000;

/** Event: `released`. */
export class Hold extends EventTarget {
  #element;
  #pointing = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #resting = undefined;

  /** @param {HTMLElement} element */
  constructor(element) {
    super();
    this.#element = element;
    for (const name of ["pointermove", "pointerdown", "wheel"])
      element.addEventListener(name, () => this.#point(), { passive: true });
    element.addEventListener("pointerleave", () => this.#leave());
    // When it has left one place, the focus is not in the next one yet.
    element.addEventListener("focusout", () => setTimeout(() => this.#release()));
  }

  get held() {
    // The focus that a click leaves behind is not visible, and does not mean that somebody is there.
    return this.#pointing || this.#element.querySelector(":focus-visible") !== null;
  }

  #point() {
    this.#pointing = true;
    clearTimeout(this.#resting);
    this.#resting = setTimeout(() => this.#leave(), REST_MS);
  }

  #leave() {
    this.#pointing = false;
    clearTimeout(this.#resting);
    this.#release();
  }

  #release() {
    if (!this.held) this.dispatchEvent(new Event("released"));
  }
}

/**
 * A long list of which only the visible part is in the document. Heights are estimated until an item has been shown,
 * then measured. The list follows its end until the viewer scrolls up; from then on, what is visible stays in place.
 */

import { heightOf, Offsets } from "./offsets.js";

const OVERSCAN_PX = 400; // beyond the visible part that are in the document as well
const CONTEXT = 0.25; // of what is visible: shown above and below an item that is revealed
const PAUSE_MS = 100; // after a change, for the viewer to be led elsewhere
const MAX_PASSES = 4; // of measuring: heights rarely change after the second

/**
 * Events: `following`, when that changes; `top`, when the first item comes near; `bottom`, when the
 * last one does that is not to be followed; `ended`, when that is still near after a change; `moved`, when others are visible.
 * @template {{height: number}} Item whose height is kept here, in pixels, 0 until it has been shown
 */
export class VirtualList extends EventTarget {
  /** @type {Item[]} */
  items = [];
  following = true;
  /** Whether more items can be had after the last one: then the end is not followed. */
  openEnd = false;
  #scroller;
  #list;
  #make;
  #offsets = new Offsets();
  /** @type {Map<Item, HTMLElement>} */
  #shown = new Map();
  #position = 0; // where we have scrolled to ourselves
  #width;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #ending = undefined;
  #resizing = new ResizeObserver(() => this.#resized());

  /**
   * @param {HTMLElement} scroller
   * @param {HTMLElement} list inside of it, for the items
   * @param {(item: Item) => HTMLElement} make
   */
  constructor(scroller, list, make) {
    super();
    this.#scroller = scroller;
    this.#list = list;
    this.#make = make;
    this.#width = scroller.clientWidth;
    scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    // Where there is little room, an item is higher while it has the focus.
    for (const name of ["focusin", "focusout"])
      list.addEventListener(name, () => requestAnimationFrame(() => this.#adjust()));
    this.#resizing.observe(scroller);
  }

  close() {
    clearTimeout(this.#ending);
    this.#resizing.disconnect();
  }

  /** Items have been changed or added at the end: make the `stale` ones anew. @param {Item[]} stale */
  update(...stale) {
    this.replace(this.items, stale);
  }

  /** There are other items: make the `stale` ones anew; what is visible stays in place. @param {Item[]} items @param {Item[]} stale */
  replace(items, stale) {
    const anchor = this.following ? null : this.#anchor(); // among those before
    this.items = items;
    for (const item of stale) {
      this.#shown.get(item)?.remove();
      this.#shown.delete(item);
    }
    this.#arrange();
    if (anchor) this.#returnTo(anchor);
    this.#render();
    // Without new items, nothing moves that would tell that more are wanted.
    if (this.openEnd) this.#ending ??= setTimeout(() => this.#end(), PAUSE_MS);
  }

  #end() {
    this.#ending = undefined;
    if (this.#nearOpenEnd) this.dispatchEvent(new Event("ended"));
  }

  /** Make all items anew. */
  refresh() {
    this.update(...this.#shown.keys());
  }

  /** Heights are others now: make and measure all items anew. */
  remeasure() {
    for (const item of this.items) item.height = 0;
    this.refresh();
  }

  /** @param {boolean} following */
  follow(following) {
    if (this.following !== following) {
      this.following = following;
      this.dispatchEvent(new Event("following"));
    }
    if (following) this.#render();
  }

  /** @param {number} index of the item to show first @param {number} [below] the upper edge, in pixels */
  show(index, below = 0) {
    this.follow(false);
    this.#scrollTo(this.#offsets.top(index) - below);
    this.#render();
    this.#scrollTo(this.#offsets.top(index) - below); // items above may have been measured by now
    this.#render();
  }

  /** Show an item, with some of what is around it; do not move if they are visible. @param {number} index */
  reveal(index) {
    this.follow(false);
    const { clientHeight } = this.#scroller;
    const below = this.below(index);
    const margin = Math.min(clientHeight * CONTEXT, (clientHeight - heightOf(this.items[index])) / 2);
    if (below < margin - 1 || below + heightOf(this.items[index]) > clientHeight - margin + 1)
      this.show(index, Math.max(0, margin));
  }

  /** @param {number} index of an item @returns {number} pixels from the upper edge of what is visible to it */
  below(index) {
    return this.#offsets.top(index) - this.#scroller.scrollTop;
  }

  /** Show the first item. The browser's own way there ends short of it if items turn out to be higher than estimated. */
  showFirst() {
    if (!this.short) this.show(0);
  }

  /** Scroll as the viewer wants to. @param {number} distance in pixels, down */
  scrollBy(distance) {
    this.#scroller.scrollTop += distance;
    this.#scrolled(); // the browser's event comes later: until then, what arrives would lead back to the end
  }

  /** Whether the items leave room. */
  get short() {
    return this.#offsets.total < this.#scroller.clientHeight;
  }

  /** Whether the end is near, and more items can be had there. */
  get #nearOpenEnd() {
    const { scrollTop, clientHeight, scrollHeight } = this.#scroller;
    return this.openEnd && scrollHeight - clientHeight - scrollTop < OVERSCAN_PX;
  }

  /** @returns {[Item, Item] | undefined} the first and the last visible item */
  visible() {
    const { scrollTop, clientHeight } = this.#scroller;
    if (!this.items.length) return undefined;
    // Browsers may scroll to whole pixels only: an item of which less than one is left is not visible.
    return [
      this.items[this.#offsets.at(scrollTop + 1)],
      this.items[this.#offsets.at(scrollTop + clientHeight - 1)],
    ];
  }

  #render() {
    for (let pass = 0; pass < MAX_PASSES; pass += 1) {
      if (this.following) this.#scrollTo(this.#list.offsetHeight);
      const anchor = this.following ? null : this.#anchor();
      if (!this.#showPart()) break;
      this.#arrange();
      if (anchor) this.#returnTo(anchor);
    }
    const [first, end] = this.#part();
    for (let index = first; index < end; index += 1) {
      const element = this.#shown.get(this.items[index]);
      if (element) element.style.transform = `translateY(${this.#offsets.top(index)}px)`;
    }
    if (this.following) this.#scrollTo(this.#list.offsetHeight);
    this.dispatchEvent(new Event("moved"));
  }

  /** Have exactly the items in the document that should be. @returns {boolean} whether heights turned out different */
  #showPart() {
    const [first, end] = this.#part();
    this.#removeAllBut(new Set(this.items.slice(first, end)));
    /** @type {Item[]} */
    const added = [];
    let previous = /** @type {HTMLElement | null} */ (null);
    for (let index = first; index < end; index += 1) {
      const item = this.items[index];
      let element = this.#shown.get(item);
      if (!element) {
        element = this.#make(item);
        this.#shown.set(item, element);
        added.push(item);
        if (previous) previous.after(element);
        else this.#list.prepend(element);
      }
      element.setAttribute("aria-posinset", String(index + 1));
      element.setAttribute("aria-setsize", String(this.items.length));
      previous = element;
    }
    return this.#measure(added);
  }

  /** @param {Set<Item>} part */
  #removeAllBut(part) {
    const { activeElement } = /** @type {ShadowRoot} */ (this.#list.getRootNode());
    for (const [item, element] of this.#shown) {
      // What has the focus stays: without it, keys would no longer be pressed here.
      if (part.has(item) || element.contains(activeElement)) continue;
      element.remove();
      this.#shown.delete(item);
    }
  }

  /** @param {Item[]} items that are in the document now @returns {boolean} whether a height was another one */
  #measure(items) {
    let changed = false;
    for (const item of items) {
      const height = this.#shown.get(item)?.getBoundingClientRect().height;
      if (!height) continue;
      changed ||= height !== heightOf(item);
      item.height = height;
    }
    return changed;
  }

  /** Items that are in the document may be higher or lower than before. */
  #adjust() {
    const anchor = this.following ? null : this.#anchor();
    if (!this.#measure([...this.#shown.keys()])) return;
    this.#arrange();
    if (anchor) this.#returnTo(anchor);
    this.#render();
  }

  /** @returns {[number, number]} the first index of what is to be in the document, and the one after the last */
  #part() {
    const { scrollTop, clientHeight } = this.#scroller;
    return this.#offsets.range(scrollTop - OVERSCAN_PX, scrollTop + clientHeight + OVERSCAN_PX);
  }

  #arrange() {
    this.#offsets.arrange(this.items);
    this.#list.style.height = `${this.#offsets.total}px`;
  }

  /** @returns {{item: Item, above: number} | null} the first visible item, and how much of it is above the edge */
  #anchor() {
    const place = this.#scroller.scrollTop;
    const index = this.#offsets.at(place);
    const item = this.items[index];
    return item ? { item, above: place - this.#offsets.top(index) } : null;
  }

  /** @param {{item: Item, above: number}} anchor */
  #returnTo({ item, above }) {
    const index = this.items.indexOf(item);
    if (index >= 0) this.#scrollTo(this.#offsets.top(index) + above);
  }

  /** @param {number} place */
  #scrollTo(place) {
    if (Math.abs(this.#scroller.scrollTop - place) >= 1) this.#scroller.scrollTop = place;
    this.#position = this.#scroller.scrollTop;
  }

  #scrolled() {
    const { scrollTop, clientHeight, scrollHeight } = this.#scroller;
    if (scrollTop !== this.#position) {
      const up = scrollTop < this.#position;
      this.#position = scrollTop;
      if (!this.openEnd && scrollHeight - clientHeight - scrollTop < 2) this.follow(true);
      else if (up) this.follow(false);
    }
    this.#render();
    if (scrollTop < OVERSCAN_PX && !this.following) this.dispatchEvent(new Event("top"));
    if (this.#nearOpenEnd) this.dispatchEvent(new Event("bottom"));
  }

  #resized() {
    if (this.#scroller.clientWidth !== this.#width) {
      this.#width = this.#scroller.clientWidth;
      this.remeasure();
    } else this.#render();
  }
}

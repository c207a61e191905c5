/**
 * A long list of which only what is seen is in the document. Heights are measured once an item was shown, and
 * estimated until then. It follows its end until somebody scrolls up, and then stays where that one reads.
 */

const AROUND = 400; // pixels beyond what is seen that are in the document, too
const ESTIMATE = 22; // pixels

/**
 * Events: `following`, when that changes; `top`, when the first item comes near; `moved`, when others are seen.
 * @template {{height: number}} Item of which the height is kept here, in pixels, 0 until it was shown
 */
export class Tail extends EventTarget {
  /** @type {Item[]} */
  items = [];
  following = true;

  /**
   * @param {HTMLElement} scroller what scrolls
   * @param {HTMLElement} list in it, what holds the items
   * @param {(item: Item, index: number) => HTMLElement} make
   */
  constructor(scroller, list, make) {
    super();
    this.scroller = scroller;
    this.list = list;
    this.make = make;
    /** @type {Map<Item, HTMLElement>} */
    this._shown = new Map();
    /** @type {Float64Array<ArrayBufferLike>} */
    this._tops = new Float64Array(1024);
    this._place = 0; // where we have scrolled to ourselves
    this._whole = false; // whether all items are in the document
    scroller.addEventListener("scroll", () => this._scrolled(), { passive: true });
    this._resizing = new ResizeObserver(() => this._resized());
    this._resizing.observe(scroller);
    this._width = scroller.clientWidth;
  }

  close() {
    this._resizing.disconnect();
  }

  /** Items were changed, added or taken away: `stale` ones are made anew. @param {Item[]} stale */
  update(...stale) {
    const anchor = this.following ? null : this._anchor();
    for (const item of stale) {
      this._shown.get(item)?.remove();
      this._shown.delete(item);
    }
    this._arrange();
    if (anchor) this._return(anchor);
    this.render();
  }

  /** Make every item anew. */
  refresh() {
    this.update(...this._shown.keys());
  }

  /** @param {boolean} following */
  follow(following) {
    if (this.following !== following) {
      this.following = following;
      this.dispatchEvent(new Event("following"));
    }
    if (following) this.render();
  }

  /** @param {number} index of the item that is to be the first that is seen */
  show(index) {
    this.follow(false);
    this._scrollTo(this._tops[index]);
    this.render();
    this._scrollTo(this._tops[index]); // those above may turn out to be of another height
    this.render();
  }

  /** The first item. A browser's own way there ends short of it, where items turn out to be higher than thought. */
  showFirst() {
    if (!this.short) this.show(0);
  }

  /** For a printer. @param {boolean} whole whether all items are in the document, not only what is seen */
  showAll(whole) {
    this._whole = whole;
    this.render();
  }

  /** Whether there are less items than fit. */
  get short() {
    return this._tops[this.items.length] < this.scroller.clientHeight;
  }

  /** @returns {[Item, Item] | undefined} the first and the last item that are seen */
  visible() {
    const { scrollTop, clientHeight } = this.scroller;
    if (!this.items.length) return undefined;
    // A browser may scroll to whole pixels only: less than one of an item is not seen.
    return [this.items[this._at(scrollTop + 1)], this.items[this._at(scrollTop + clientHeight - 1)]];
  }

  render() {
    for (let pass = 0; pass < 4; pass += 1) {
      if (this.following) this._scrollTo(this.list.offsetHeight);
      const anchor = this.following ? null : this._anchor();
      if (!this._showPart()) break;
      this._arrange();
      if (anchor) this._return(anchor);
    }
    for (const [index, item] of this._part()) {
      const element = this._shown.get(item);
      if (element) element.style.transform = `translateY(${this._tops[index]}px)`;
    }
    if (this.following) this._scrollTo(this.list.offsetHeight);
    this.dispatchEvent(new Event("moved"));
  }

  /** Whether the heights of what is shown now are others than thought. */
  _showPart() {
    const part = new Map(this._part().map(([index, item]) => [item, index]));
    for (const [item, element] of this._shown) {
      if (!part.has(item)) {
        element.remove();
        this._shown.delete(item);
      }
    }
    /** @type {Item[]} */
    const added = [];
    let previous = /** @type {HTMLElement | null} */ (null);
    for (const [item, index] of part) {
      let element = this._shown.get(item);
      if (!element) {
        element = this.make(item, index);
        this._shown.set(item, element);
        added.push(item);
        if (previous) previous.after(element);
        else this.list.prepend(element);
      }
      element.setAttribute("aria-posinset", String(index + 1));
      element.setAttribute("aria-setsize", String(this.items.length));
      previous = element;
    }
    let wrong = false;
    for (const item of added) {
      const height = /** @type {HTMLElement} */ (this._shown.get(item)).getBoundingClientRect().height;
      if (height && height !== (item.height || ESTIMATE)) wrong = true;
      if (height) item.height = height;
    }
    return wrong;
  }

  /** @returns {[number, Item][]} what is seen, or nearly */
  _part() {
    if (this._whole) return this.items.map((item, index) => [index, item]);
    const { scrollTop, clientHeight } = this.scroller;
    const end = this._at(scrollTop + clientHeight + AROUND) + 1;
    /** @type {[number, Item][]} */
    const part = [];
    for (let index = this._at(scrollTop - AROUND); index < Math.min(end, this.items.length); index += 1)
      part.push([index, this.items[index]]);
    return part;
  }

  /** @param {number} place in pixels @returns {number} the index of the item there */
  _at(place) {
    let low = 0;
    let high = this.items.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this._tops[middle] <= place) low = middle;
      else high = middle;
    }
    return low;
  }

  _arrange() {
    const { items } = this;
    if (items.length >= this._tops.length) this._tops = new Float64Array(items.length * 2);
    let top = 0;
    for (let index = 0; index < items.length; index += 1) {
      this._tops[index] = top;
      top += items[index].height || ESTIMATE;
    }
    this._tops[items.length] = top;
    this.list.style.height = `${top}px`;
  }

  /** @returns {{item: Item, below: number} | null} the first item that is seen, and how far it has gone up */
  _anchor() {
    const place = this.scroller.scrollTop;
    const index = this._at(place);
    return this.items[index] ? { item: this.items[index], below: place - this._tops[index] } : null;
  }

  /** @param {{item: Item, below: number}} anchor */
  _return({ item, below }) {
    const index = this.items.indexOf(item);
    if (index >= 0) this._scrollTo(this._tops[index] + below);
  }

  /** @param {number} place */
  _scrollTo(place) {
    if (Math.abs(this.scroller.scrollTop - place) >= 1) this.scroller.scrollTop = place;
    this._place = this.scroller.scrollTop;
  }

  _scrolled() {
    const { scrollTop, clientHeight, scrollHeight } = this.scroller;
    if (scrollTop !== this._place) {
      const up = scrollTop < this._place;
      this._place = scrollTop;
      if (scrollHeight - clientHeight - scrollTop < 2) this.follow(true);
      else if (up) this.follow(false);
    }
    this.render();
    if (scrollTop < AROUND && !this.following) this.dispatchEvent(new Event("top"));
  }

  _resized() {
    if (this.scroller.clientWidth !== this._width) {
      this._width = this.scroller.clientWidth;
      for (const item of this.items) item.height = 0;
      this.refresh();
    } else this.render();
  }
}

/** The browser's notifications of messages, for a viewer who looks elsewhere. */

/** @typedef {import("../data/feed.js").Message} Message */

const CAN_BE_SHOWN = "Notification" in window && isSecureContext;

/** Event: `open` (detail: a message), when the viewer has clicked on its notification. */
export class Notifications extends EventTarget {
  #refused = false; // on phones, browsers have the class, but do not let a page use it

  /** What keeps them from being shown; empty if nothing does. */
  get obstacle() {
    if (this.#refused) return "This browser shows no notifications of a page: here, only a sound can be had.";
    if (!CAN_BE_SHOWN) return "Notifications need a page over https: here, only a sound can be had.";
    if (Notification.permission === "denied")
      return "This browser has been told to show no notifications of this page.";
    return Notification.permission === "granted"
      ? ""
      : "This browser has not yet been allowed to show notifications of this page: choose again.";
  }

  /** Ask for the permission. To be called on a click, without which browsers do not ask. */
  async request() {
    if (CAN_BE_SHOWN) await Notification.requestPermission();
  }

  /** @param {Message} message */
  show(message) {
    if (!document.hidden || this.obstacle) return;
    try {
      this.#show(message);
    } catch {
      this.#refused = true;
    }
  }

  /** @param {Message} message */
  #show(message) {
    const { id, site, log_level, message: body } = message;
    // The tag keeps several pages of one browser from telling the same twice.
    const shown = new Notification(`${site}: ${log_level}`, { body, tag: `userstatus ${site} ${id}` });
    shown.addEventListener("click", () => {
      window.focus();
      shown.close();
      this.dispatchEvent(new CustomEvent("open", { detail: message }));
    });
  }
}

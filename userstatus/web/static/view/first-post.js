/** What fills an empty wall: a command to copy. */

import { copy } from "./clipboard.js";
import { element } from "./element.js";

/**
 * @param {string | URL} source the service's base URL
 * @returns {HTMLElement[]} the command that posts a message to the service, and a button that copies it
 */
export function firstPost(source) {
  const url = new URL("newlog", source).href;
  const command = `curl ${url} -d '{"site": "tst", "log_message": "Hello from the telescope"}'`;
  const button = element("button", { type: "button" }, "Copy");
  button.addEventListener("click", async () => {
    try {
      await copy(command);
      button.textContent = "Copied";
    } catch {
      button.textContent = "This browser does not allow it";
    }
  });
  return [element("pre", {}, element("code", {}, command)), button];
}

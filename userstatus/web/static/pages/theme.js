/**
 * The colours and the brightness of this page, as this browser remembers them. Not a module, so that it runs before anything
 * is painted: a white flash would spoil eyes that are adapted to the dark.
 */
{
  const THEMES = ["auto", "dark", "light", "red"];
  const FULL = 100; // percent
  const MIN = 20;

  /** @param {string} name @returns {string} empty if nothing is remembered */
  const recall = (name) => {
    try {
      return localStorage.getItem(`userstatus.${name}`) ?? "";
    } catch {
      return ""; // this browser forbids storage
    }
  };

  /** @param {string} name @param {string} value */
  const remember = (name, value) => {
    try {
      localStorage.setItem(`userstatus.${name}`, value);
    } catch {
      // shown, but not remembered
    }
  };

  const theme = () => {
    const found = recall("theme");
    return THEMES.includes(found) ? found : "auto";
  };

  const brightness = () => {
    const found = Number(recall("brightness") || FULL);
    return found >= MIN && found <= FULL ? found : FULL;
  };

  /** Show a theme; `auto` is what the browser prefers. @param {string} theme */
  const show = (theme) => {
    const chosen = theme === "auto" ? null : theme;
    if (chosen) document.documentElement.dataset.theme = chosen;
    else delete document.documentElement.dataset.theme;
    // The browser paints the window by it before there is anything of the page, and between pages.
    const scheme = theme === "auto" ? "light dark" : theme === "light" ? "light" : "dark";
    document.querySelector('meta[name="color-scheme"]')?.setAttribute("content", scheme);
    for (const element of document.querySelectorAll("user-status"))
      if (chosen) element.setAttribute("theme", chosen);
      else element.removeAttribute("theme");
  };

  /** @param {number} percent of the full brightness */
  const dim = (percent) => {
    const { style } = document.documentElement;
    if (percent < FULL) style.setProperty("--dimmed", `brightness(${percent}%)`);
    else style.removeProperty("--dimmed");
  };

  const listen = () => {
    const choices = /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll("#theme input"));
    for (const choice of choices) {
      choice.checked = choice.value === theme();
      choice.addEventListener("change", () => {
        show(choice.value);
        remember("theme", choice.value);
      });
    }
    const dimmer = /** @type {HTMLInputElement | null} */ (document.querySelector("#brightness"));
    if (!dimmer) return;
    dimmer.value = String(brightness());
    dimmer.addEventListener("input", () => {
      dim(Number(dimmer.value));
      remember("brightness", dimmer.value);
    });
  };

  show(theme());
  dim(brightness());
  document.addEventListener("DOMContentLoaded", () => {
    show(theme());
    listen();
  });
}

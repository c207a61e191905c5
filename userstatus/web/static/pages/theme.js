/**
 * The colours of this page, as this browser remembers them. Not a module, so that it runs before anything is painted:
 * a white flash would spoil eyes that are adapted to the dark.
 */
(() => {
  const THEMES = ["dark", "light", "red"];
  const KEY = "userstatus.theme";

  /** @param {string} theme */
  function show(theme) {
    document.documentElement.dataset.theme = theme;
    for (const element of document.querySelectorAll("user-status")) element.setAttribute("theme", theme);
  }

  function remembered() {
    try {
      const theme = localStorage.getItem(KEY) ?? "";
      return THEMES.includes(theme) ? theme : "dark";
    } catch {
      return "dark"; // this browser forbids storage
    }
  }

  /** @param {string} theme */
  function remember(theme) {
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      // shown, but not remembered
    }
  }

  show(remembered());
  document.addEventListener("DOMContentLoaded", () => {
    show(remembered());
    for (const choice of /** @type {NodeListOf<HTMLInputElement>} */ (
      document.querySelectorAll("#theme input")
    )) {
      choice.checked = choice.value === remembered();
      choice.addEventListener("change", () => {
        show(choice.value);
        remember(choice.value);
      });
    }
  });
})();

/** The colours of this page, as this browser remembers them. */

const THEMES = ["dark", "light", "red"];
const KEY = "userstatus.theme";

/** @param {string} theme */
function show(theme) {
  document.documentElement.dataset.theme = theme;
  for (const element of document.querySelectorAll("user-status")) element.setAttribute("theme", theme);
}

/** @returns {string} */
function remembered() {
  try {
    const theme = localStorage.getItem(KEY) ?? "";
    return THEMES.includes(theme) ? theme : "dark";
  } catch {
    return "dark"; // a browser that lets nothing be remembered
  }
}

const choice = /** @type {HTMLSelectElement} */ (document.querySelector("#theme"));
choice.value = remembered();
show(choice.value);
choice.addEventListener("change", () => {
  show(choice.value);
  try {
    localStorage.setItem(KEY, choice.value);
  } catch {
    // shown, but not remembered
  }
});

/** The focus on a line, which stays there while the lines in the document are made anew. */

/** @param {HTMLElement} list @param {number} id of the first message of a line @param {string} [control] of its buttons */
export function focusLine(list, id, control) {
  const line = /** @type {HTMLElement | null} */ (list.querySelector(`[data-id="${id}"]`));
  const button = /** @type {HTMLElement | null | undefined} */ (
    control && line?.querySelector(`button[value="${control}"]`)
  );
  const target = button ?? line ?? list.closest("[tabindex]");
  if (target instanceof HTMLElement) target.focus({ preventScroll: true });
}

/** @param {HTMLElement} list @param {() => void} change of its lines */
export function keepFocus(list, change) {
  const { activeElement } = /** @type {ShadowRoot} */ (list.getRootNode());
  const line = /** @type {HTMLElement | null | undefined} */ (activeElement?.closest(".line"));
  const control = activeElement instanceof HTMLButtonElement ? activeElement.value : "";
  change();
  if (line && !line.isConnected) focusLine(list, Number(line.dataset.id), control);
}

/**
 * Call back when the network returns, or when the page becomes visible again, as after sleep.
 * @param {() => void} callback
 * @param {AbortSignal} [signal] ends it
 */
export function onBackOnline(callback, signal) {
  addEventListener("online", callback, { signal });
  document.addEventListener("visibilitychange", () => document.hidden || callback(), { signal });
}

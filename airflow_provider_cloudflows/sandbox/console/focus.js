// Where the keyboard is. What has the focus may be taken away at any moment: a job ends, a list is hidden, a view is left.
// Then the focus goes to what is nearest of what is left, and never to nowhere.

const REFUGES = "[data-focus], h2[tabindex], [role=listbox]";

let path = [];

/** What has the focus, and what that is in, from the inside out; empty if nothing has it. */
export function focusPath() {
  return path[0] === document.activeElement ? path : [];
}

function isThere(node) {
  return node.isConnected && node.checkVisibility();
}

/** Where the focus may go within something: its heading or its list; in a view that is shown anew to its beginning. */
function refuges(node) {
  return node.matches("main") ? [node] : [...node.querySelectorAll(REFUGES), node];
}

/** Focus the first of a path that is there, or what the next one around it has to offer. */
export function focusNearest([wanted, ...around]) {
  const places = [wanted, ...around.filter(isThere).flatMap(refuges)];
  for (const place of places.filter(isThere)) {
    place.focus({ preventScroll: true });
    if (document.activeElement === place) return;
  }
}

function remember({ target }) {
  path = [];
  for (let node = target; node && node !== document.body; node = node.parentElement) path.push(node);
}

export function keepFocus() {
  document.addEventListener("focusin", remember);
  const watcher = new MutationObserver(() => {
    if (path.length && !isThere(path[0])) focusNearest(path);
  });
  watcher.observe(document.body, { subtree: true, childList: true, attributeFilter: ["class", "hidden"] });
}

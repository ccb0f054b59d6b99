// Short words on what was done, and the clipboard.

import { el, icon } from "./dom.js";

const SECONDS = 3.5;

export function toast(text, kind = "good") {
  const node = el("div", { class: `toast ${kind}` }, icon(kind === "good" ? "check" : "cross"), el("span", {}, text));
  document.getElementById("toasts").append(node);
  setTimeout(() => node.remove(), SECONDS * 1000);
}

export async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
    toast(`${what} is in the clipboard.`);
  } catch {
    toast("The browser does not let the console use the clipboard.", "bad");
  }
}

/** Do something that the sandbox may refuse, and say so if it does. Tells whether it was done. */
export async function attempt(act, done = "") {
  try {
    await act();
    if (done) toast(done);
    return true;
  } catch (error) {
    toast(error.message, "bad");
    return false;
  }
}

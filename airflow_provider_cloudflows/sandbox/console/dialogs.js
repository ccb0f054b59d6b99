// What opens over the page: the shortcuts, a reset, the clock, the reason of a failure. Escape closes each of them.

import { known, send } from "./api.js";
import { button, duration, el } from "./dom.js";
import { focusNearest, focusPath } from "./focus.js";
import { attempt } from "./toasts.js";

/** Show a dialog; `content` gets a function that closes it. The focus goes back to where it was, or to what is nearest. */
function dialog(title, content, kind = "") {
  const before = focusPath();
  const node = el("dialog", { class: kind, "aria-labelledby": "dialog-title" });
  const close = () => node.close();
  node.append(el("div", { class: "dialog-head" }, el("h2", { id: "dialog-title" }, title), button("Close", { icon: "close", label: true, kind: "plain", onclick: close })), ...content(close));
  node.addEventListener("close", () => {
    node.remove();
    if (before.length) focusNearest(before);
  });
  node.addEventListener("click", (event) => event.target === node && event.detail < 2 && close());
  document.body.append(node);
  node.showModal();
  return node;
}

export const SHORTCUTS = [
  ["1 … 6", "Requests, Resources, Jobs, Faults, Connect, Settings"],
  ["/", "Filter"],
  ["j k, ↓ ↑", "Next and previous in the list"],
  ["Enter", "Go into the detail"],
  ["Esc", "Close the dialog or the detail, or leave the filter"],
  ["c", "Advance the clock"],
  ["t", "Dark, light, or as the system has it"],
  ["?", "These shortcuts"],
];

export function showShortcuts() {
  const rows = SHORTCUTS.map(([keys, words]) => el("div", {}, el("dt", {}, ...keys.split(/([ ,…]+)/).map((key) => (/^[ ,…]+$/.test(key) ? key : el("kbd", {}, key)))), el("dd", {}, words)));
  dialog("Keyboard", () => [el("dl", { class: "shortcuts" }, ...rows)]);
}

export function confirmReset() {
  dialog("Reset to birth?", (close) => {
    const reset = button("Reset", { kind: "danger solid", icon: "reset", autofocus: true, onclick: () => attempt(() => send("POST", "/reset"), "The sandbox is as it was born.").then(close) });
    return [el("p", {}, "What was made, all requests, faults, rules, settings and revoked keys are gone then. The clock stays where it is."), el("div", { class: "actions end" }, button("Keep everything", { onclick: close }), reset)];
  });
}

export async function advance(seconds) {
  await attempt(() => send("POST", "/clock", { advance: seconds }), `${duration(seconds)} passed in the sandbox.`);
}

export function showClock() {
  dialog("Advance the clock", (close) => {
    const custom = el("input", { type: "number", id: "clock-seconds", min: "0", step: "any", value: "300" });
    const act = (seconds) => advance(seconds).then(close);
    const steps = [[60, "1 min"], [600, "10 min"], [3600, "1 h"], [86400, "1 day"]].map(([seconds, words]) => button(`+${words}`, { "aria-label": `Advance by ${words}`, onclick: () => act(seconds) }));
    const form = el("form", { class: "form inline", onsubmit: (event) => { event.preventDefault(); act(Number(custom.value)); } }, el("div", { class: "field" }, el("label", { for: "clock-seconds" }, "Seconds"), custom), el("button", { type: "submit", class: "button primary" }, "Advance"));
    const { advanced } = known.clock;
    return [el("p", {}, advanced ? `It is ${duration(advanced)} ahead of this machine.` : "It shows the time of this machine.", " Work, lags and schedules go by it; signatures and tokens do not."), el("div", { class: "actions" }, ...steps), form];
  });
}

/** Ask for the reason of a failure, and fail it. */
export function endDialog(name, act) {
  dialog(`Fail ${name}`, (close) => {
    const reason = el("input", { type: "text", id: "end-reason", value: "no such table", autofocus: true });
    const form = el("form", { class: "form", onsubmit: (event) => { event.preventDefault(); act(reason.value).then(close); } }, el("div", { class: "field" }, el("label", { for: "end-reason" }, "Reason, as the cloud will tell it"), reason), el("div", { class: "actions end" }, button("Let it go on", { onclick: close }), el("button", { type: "submit", class: "button danger solid" }, "Fail")));
    return [form];
  });
}

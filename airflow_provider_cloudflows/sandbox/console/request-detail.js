// One request: why it went as it did, what it touched, what was sent, what was answered, and how to send it again.

import { get, known } from "./api.js";
import { cloudMark, codeBlock, el, empty, button, icon, jsonView, outcome, pairs, statusChip, time } from "./dom.js";
import { fillDetail, notFetched } from "./panes.js";
import { copy, toast } from "./toasts.js";

const SAID = {
  ok: "The call was answered.",
  refused: "The call was refused, and had no effect.",
  failed: "The answer says that the cloud failed.",
  broken: "No answer was sent: the connection was broken on purpose.",
};

export async function showRequest(pane, number, actions) {
  pane.dataset.shown = String(number);
  pane.toggleAttribute("data-missing", !known.requests.some((each) => each.number === number));
  if (pane.hasAttribute("data-missing")) return fillDetail(pane, "missing", missing(actions));
  let call;
  try {
    call = await get(`/requests/${number}`);
  } catch (error) {
    // Forgotten meanwhile, or the sandbox is gone.
    if (pane.dataset.shown === String(number)) fillDetail(pane, "not fetched", notFetched(error, actions));
    return;
  }
  // Another one may have been chosen while this one was fetched.
  if (pane.dataset.shown !== String(number)) return;
  fillDetail(pane, String(number), head(call, actions), el("div", { class: "detail-body" }, verdict(call), signature(call), touched(call, actions), sent(call), answered(call)));
  pane.scrollTop = 0;
}

function missing(actions) {
  return empty("requests", "This request is not kept any more", "It came before a reset, or before the latest 10,000.", el("p", {}, button("Close", { onclick: actions.close })));
}

function head(call, actions) {
  const curl = button("Copy as curl", { icon: "terminal", onclick: () => copyCurl(call) });
  const id = button("Copy id", { icon: "copy", onclick: () => copy(call.request_id, "The request id") });
  return el(
    "header",
    { class: "detail-head" },
    el("div", { class: "detail-top" }, button("Back to the list", { icon: "back", label: true, kind: "plain back", onclick: actions.close }), statusChip(call), el("h2", { tabindex: "-1", "data-focus": "" }, call.operation || `${call.method} ${call.path}`), button("Close the detail", { icon: "close", label: true, kind: "plain shut", onclick: actions.close })),
    el("p", { class: "sub" }, cloudMark(call.cloud), el("span", {}, call.service || "Unknown operation"), el("span", { class: "mono" }, `${call.method} ${call.path}`), el("span", {}, time(call.time, { millis: true })), el("span", {}, `${call.milliseconds.toFixed(1)} ms`)),
    el("div", { class: "actions" }, curl, id),
  );
}

async function copyCurl(call) {
  try {
    await copy(await get(`/requests/${call.number}/curl`), "The command, with a signature that is good for 15 minutes,");
  } catch (error) {
    toast(error.message, "bad");
  }
}

function verdict(call) {
  const kind = outcome(call);
  const lines = [el("p", { class: "verdict-title" }, call.code && kind !== "ok" ? call.code : SAID[kind])];
  if (call.message) lines.push(el("p", {}, call.message));
  if (call.fault) lines.push(el("p", { class: "by-fault" }, icon("faults"), `Caused by ${call.fault}.`));
  if (kind === "ok" && !call.fault) return el("div", { class: "verdict ok" }, icon("check"), el("div", {}, ...lines));
  return el("div", { class: `verdict ${call.fault ? "fault" : kind}` }, icon(call.fault ? "faults" : "cross"), el("div", {}, ...lines));
}

function section(title, ...children) {
  return el("section", { class: "part" }, el("h3", {}, title), ...children);
}

function signature(call) {
  const found = call.signature;
  if (!found) return "";
  const parts = [el("p", {}, found.explanation)];
  if (found.mistake) parts.push(el("p", { class: "mistake" }, icon("search"), el("span", {}, el("strong", {}, "What differs: "), found.mistake)));
  else if (found.expected) parts.push(el("p", { class: "soft" }, "None of the usual mistakes makes this signature. Compare the text below with what your client signs: the first line that differs is the mistake. If none does, the secret is another one."));
  if (found.expected) {
    const isKnown = found.signed && found.signed !== found.expected;
    const bar = el("div", { class: "code-head" }, el("h4", {}, isKnown ? "Expected, and what was signed" : "Canonical request that the sandbox expected"), button("Copy", { icon: "copy", kind: "small", onclick: () => copy(found.expected, "The canonical request") }));
    parts.push(bar, isKnown ? difference(found.expected, found.signed) : codeBlock(found.expected, "Canonical request"));
  }
  if (found.string_to_sign && found.string_to_sign !== found.expected) parts.push(el("h4", {}, "String to sign"), codeBlock(found.string_to_sign, "String to sign"));
  return section("Signature", ...parts);
}

function difference(expected, signed) {
  const [left, right] = [expected.split("\n"), signed.split("\n")];
  const rows = [];
  // A line that is missing on one side shifts the rest: look at both ends first.
  let top = 0;
  while (top < Math.min(left.length, right.length) && left[top] === right[top]) top += 1;
  let end = 0;
  while (end < Math.min(left.length, right.length) - top && left.at(-1 - end) === right.at(-1 - end)) end += 1;
  const line = (kind, mark, text) => rows.push(el("div", { class: `diff ${kind}` }, el("span", { class: "diff-mark" }, mark), el("span", {}, text || "(an empty line)")));
  for (const text of left.slice(0, top)) line("same", "", text || " ");
  for (const text of left.slice(top, left.length - end)) line("wanted", "expected", text);
  for (const text of right.slice(top, right.length - end)) line("given", "signed", text);
  for (const text of left.slice(left.length - end)) line("same", "", text || " ");
  return el("div", { class: "code diffs", tabindex: "0", role: "region", "aria-label": "Expected text, and what was signed" }, ...rows);
}

function touched(call, actions) {
  if (!call.touched.length) return "";
  const row = (each) => el("li", {}, el("button", { type: "button", class: "link-row", onclick: () => actions.open("resources", each.number) }, el("span", { class: `event ${each.event}` }, each.event), el("span", { class: "title" }, each.name), el("span", { class: "soft" }, each.title), el("span", { class: "mono soft" }, each.id)));
  return section("What it did", el("ul", { class: "rows" }, ...call.touched.map(row)));
}

function body(part, label) {
  if (part.form === "none") return el("p", { class: "soft" }, "No body.");
  if (part.form === "form") return pairs(part.body);
  return part.form === "json" ? jsonView(part.body) : codeBlock(part.body, label);
}

function headers(entries) {
  return el("details", { class: "fold" }, el("summary", {}, `Headers (${entries.length})`), pairs(entries));
}

function sent(call) {
  const parts = [];
  if (call.sent.query.length) parts.push(el("h4", {}, "Query"), pairs(call.sent.query));
  parts.push(el("h4", {}, "Body"), body(call.sent, "Body"), headers(Object.entries(call.headers)));
  const key = call.key_id ? el("p", { class: "soft" }, "Signed by ", el("span", { class: "mono" }, call.key_id), ". Secrets are hidden.") : "";
  return section("What was sent", ...parts, key);
}

function answered(call) {
  if (!call.status) return section("The answer", el("p", { class: "soft" }, "None."));
  return section("The answer", body(call.answer, "Answer"), headers(Object.entries(call.answer.headers)));
}

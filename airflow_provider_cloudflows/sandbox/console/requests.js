// The calls that came in, newest first, with filters; and one of them in detail: see request-detail.js.

import { known, watch } from "./api.js";
import { CLOUDS, button, cloudMark, el, empty, icon, outcome, plural, redraw, refillSelect, segments, select, statusChip, time } from "./dom.js";
import { showRequest } from "./request-detail.js";
import { nothingChosen, panes } from "./panes.js";
import { VirtualList } from "./virtual-list.js";

const ROW = 58;
const OUTCOMES = [["all", "All"], ["ok", "OK"], ["refused", "Refused"], ["failed", "Failed"], ["fault", "Faults"]];
const FITS = {
  all: () => true,
  ok: (call) => outcome(call) === "ok",
  refused: (call) => outcome(call) === "refused",
  failed: (call) => ["failed", "broken"].includes(outcome(call)),
  fault: (call) => call.fault !== "",
};

// The filter outlives the view, so that a look at something else does not lose it.
const filter = { text: "", cloud: "", service: "", operation: "", status: "all" };
let isPaused = false;

function fits(call) {
  if (filter.cloud && call.cloud !== filter.cloud) return false;
  if (filter.service && call.service !== filter.service) return false;
  if (filter.operation && call.operation !== filter.operation) return false;
  if (!FITS[filter.status](call)) return false;
  return filter.text.toLowerCase().split(/\s+/).every((word) => searched(call).includes(word));
}

const texts = new WeakMap();

function searched(call) {
  if (!texts.has(call)) {
    const parts = [call.cloud, call.service, call.operation, call.method, call.path, call.status, call.code, call.fault, call.key_id, call.request_id, call.about];
    texts.set(call, parts.join(" ").toLowerCase());
  }
  return texts.get(call);
}

function drawRow(call) {
  const why = call.fault ? el("span", { class: "why fault" }, icon("faults"), call.fault.split(":").pop().trim()) : call.code ? el("span", { class: "why" }, call.code) : "";
  return [
    el("div", { class: "line" }, statusChip(call), el("span", { class: "title" }, call.operation || `${call.method} ${call.path}`), el("span", { class: "time" }, time(call.time))),
    el("div", { class: "line soft" }, cloudMark(call.cloud), el("span", { class: "service" }, call.service || "unknown operation"), why, el("span", { class: "about" }, call.about)),
  ];
}

export function mountRequests(root, open) {
  const layout = panes("Requests", "request");
  const list = new VirtualList({
    label: "Requests, newest first",
    height: ROW,
    draw: drawRow,
    key: (call) => call.number,
    select: (call) => open("requests", call.number),
    open: () => layout.focusDetail(),
  });
  const count = el("span", { class: "count-note", role: "status" });
  const services = select("Service", [["", []]], "", (value) => change({ service: value, operation: "" }));
  const operations = select("Operation", [["", []]], "", (value) => change({ operation: value }));
  const search = el("input", { type: "search", class: "search", placeholder: "Filter: name, id, code, key …", "aria-label": "Filter by text", value: filter.text, "data-search": "", oninput: () => change({ text: search.value }) });
  const pause = button("Pause the list", { icon: "pause", label: true, "aria-pressed": String(isPaused), onclick: () => setPaused(!isPaused) });
  const clear = button("Clear the filter", { icon: "close", label: true, onclick: reset });
  const clouds = select("Cloud", [["", [["", "All clouds"], ...Object.entries(CLOUDS)]]], filter.cloud, (value) => change({ cloud: value, service: "", operation: "" }));
  let status = statusChoice();
  const bar = el("div", { class: "filters", role: "search", "aria-label": "Filter requests" }, el("div", { class: "search-box" }, icon("search"), search), el("div", { class: "selects" }, clouds, services, operations), el("div", { class: "filters-end" }, status, clear, pause));
  const nothing = el("div", { class: "list-empty", hidden: true });
  layout.list.append(bar, el("div", { class: "list-note" }, count), list.node, nothing);
  root.append(layout.node);

  let shown = [];
  let waiting = 0;
  let chosen = null;

  function statusChoice() {
    return segments("status", "Status", OUTCOMES, filter.status, (value) => change({ status: value }));
  }

  function change(values) {
    Object.assign(filter, values);
    draw();
    list.node.scrollTop = 0;
  }

  function reset() {
    Object.assign(filter, { text: "", cloud: "", service: "", operation: "", status: "all" });
    search.value = "";
    clouds.value = "";
    const fresh = statusChoice();
    status.replaceWith(fresh);
    status = fresh;
    change({});
    search.focus();
  }

  function setPaused(paused) {
    isPaused = paused;
    pause.setAttribute("aria-pressed", String(paused));
    pause.replaceChildren(icon(paused ? "play" : "pause"));
    pause.title = paused ? "Go on with the list" : "Pause the list";
    pause.setAttribute("aria-label", pause.title);
    if (!paused) draw();
    else note();
  }

  function note() {
    const some = shown.length === known.requests.length ? plural(shown.length, "request") : `${shown.length.toLocaleString("en")} of ${plural(known.requests.length, "request")}`;
    count.textContent = known.requests.length ? some + (isPaused ? `, paused${waiting ? `; ${waiting} new` : ""}` : "") : "";
  }

  function draw(added = 0) {
    if (added >= 0 && isPaused && known.requests.length && shown.length && added) {
      waiting += added;
      return note();
    }
    waiting = 0;
    drawChoices();
    shown = known.requests.filter(fits);
    list.setItems(shown);
    list.node.hidden = !shown.length;
    nothing.hidden = shown.length > 0;
    if (layout.detail.hasAttribute("data-missing") || added < 0) showChosen();
    if (!shown.length) redraw(nothing, known.requests.length ? noMatch() : firstSteps(open));
    note();
  }

  function close() {
    open("requests");
    list.node.focus();
  }

  function showChosen() {
    if (chosen === null) {
      layout.detail.removeAttribute("data-missing");
      // One that is still being fetched is not shown any more.
      layout.detail.dataset.shown = "";
      nothingChosen(layout.detail, "requests", "Select a request", "Its headers and body, the answer, why it was refused, and what it made are shown here.");
    } else showRequest(layout.detail, chosen, { open, close });
  }

  function noMatch() {
    return empty("filter", "No request fits the filter", el("p", {}, button("Clear the filter", { kind: "primary", onclick: reset })));
  }

  function drawChoices() {
    const isOf = (call) => (!filter.cloud || call.cloud === filter.cloud) && call.service;
    const names = [...new Set(known.requests.filter(isOf).map((call) => call.service))].sort();
    fill(services, "All services", names, () => filter.service);
    const isOfBoth = (call) => isOf(call) && (!filter.service || call.service === filter.service) && call.operation;
    const calls = [...new Set(known.requests.filter(isOfBoth).map((call) => call.operation))].sort();
    fill(operations, "All operations", calls, () => filter.operation);
  }

  /** What is chosen is an option also when no request is of it, as after a reset. */
  function fill(node, all, names, value) {
    const options = value() && !names.includes(value()) ? [value(), ...names] : names;
    refillSelect(node, [["", [["", all], ...options.map((name) => [name, name])]]], value);
  }

  const stop = watch("requests", draw);
  setPaused(isPaused);
  draw();
  return {
    stop,
    show(number) {
      chosen = number === undefined ? null : Number(number);
      list.mark(chosen);
      layout.setOpen(chosen !== null);
      showChosen();
    },
    move: (distance) => list.move(distance),
    focusList: () => list.node.focus(),
  };
}

function firstSteps(open) {
  return empty(
    "requests",
    "No request yet",
    "Calls show up here the moment they come in, right or wrong.",
    el("p", {}, button("Copy a connection", { kind: "primary", icon: "connect", onclick: () => open("connect") })),
    "Set it in the environment of your Airflow, and run a DAG.",
  );
}

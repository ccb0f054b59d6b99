// What exists and existed, by cloud and service; and one resource with its history.

import { get, known, send, watch } from "./api.js";
import { CLOUDS, button, cloudMark, el, empty, icon, jsonView, plural, redraw, refillSelect, select, time } from "./dom.js";
import { endDialog } from "./dialogs.js";
import { fillDetail, notFetched, nothingChosen, panes } from "./panes.js";
import { attempt, copy } from "./toasts.js";
import { VirtualList } from "./virtual-list.js";

const ROW = 52;
const filter = { text: "", kind: "", born: false, removed: true };

export function stateChip(each) {
  if (each.removed !== null) return el("span", { class: "chip removed" }, "deleted");
  if (!each.state) return "";
  const kind = each.goes_on ? "going" : { good: "ok", bad: "failed", stopped: "removed" }[each.outcome] ?? "plain";
  return el("span", { class: `chip ${kind}` }, each.state.trim());
}

function fits(each) {
  if (filter.kind && each.kind !== filter.kind) return false;
  if (!filter.born && each.is_born) return false;
  if (!filter.removed && each.removed !== null) return false;
  const text = `${each.name} ${each.id} ${each.title} ${each.service} ${each.place} ${each.state} ${each.account}`.toLowerCase();
  return filter.text.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}

/** Headings and resources in one list: by cloud, service and kind, the newest first in each. */
function grouped(resources) {
  const groups = new Map();
  for (const each of resources) {
    const key = `${each.cloud}/${each.service}/${each.title}`;
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(each);
  }
  const sorted = [...groups.entries()].sort(([one], [other]) => one.localeCompare(other));
  return sorted.flatMap(([key, list]) => [{ head: key, first: list[0], count: list.length }, ...list.reverse()]);
}

function drawRow(item) {
  if (item.head !== undefined) return el("div", { class: "line" }, cloudMark(item.first.cloud), el("span", { class: "head-title" }, `${item.first.service} · ${item.first.title}`), el("span", { class: "badge" }, item.count));
  const origin = item.removed !== null ? `deleted ${time(item.removed * 1000)}` : item.is_born ? "there from birth" : `made ${time(item.made * 1000)}`;
  return [
    el("div", { class: "line" }, el("span", { class: `title ${item.removed === null ? "" : "struck"}` }, item.name), stateChip(item)),
    el("div", { class: "line soft" }, el("span", { class: "mono about" }, item.id), el("span", { class: "time" }, origin)),
  ];
}

export function mountResources(root, open) {
  const layout = panes("Resources", "resource");
  const list = new VirtualList({
    label: "Resources, by cloud and service",
    height: ROW,
    draw: drawRow,
    key: (item) => item.head ?? item.number,
    isHead: (item) => item.head !== undefined,
    select: (item) => open("resources", item.number),
    open: () => layout.focusDetail(),
  });
  const search = el("input", { type: "search", class: "search", placeholder: "Filter: name, id, state …", "aria-label": "Filter by text", value: filter.text, "data-search": "", oninput: () => change({ text: search.value }) });
  const kinds = select("Kind", [["", []]], "", (value) => change({ kind: value }));
  const born = box("From birth", "born");
  const removed = box("Deleted", "removed");
  const count = el("span", { class: "count-note", role: "status" });
  const nothing = el("div", { class: "list-empty", hidden: true });
  layout.list.append(el("div", { class: "filters", role: "search", "aria-label": "Filter resources" }, el("div", { class: "search-box" }, icon("search"), search), el("div", { class: "selects" }, kinds), el("div", { class: "filters-end" }, born, removed)), el("div", { class: "list-note" }, count), list.node, nothing);
  root.append(layout.node);
  let chosen = null;
  let shown = null;

  function box(words, name) {
    return el("label", { class: "check" }, el("input", { type: "checkbox", checked: filter[name], onchange: (event) => change({ [name]: event.target.checked }) }), el("span", {}, words));
  }

  function change(values) {
    Object.assign(filter, values);
    draw();
    list.node.scrollTop = 0;
  }

  function draw() {
    drawKinds();
    const found = known.resources.filter(fits);
    list.setItems(grouped(found));
    list.node.hidden = !found.length;
    nothing.hidden = found.length > 0;
    if (!found.length) redraw(nothing, noneShown(open, change));
    const there = found.filter((each) => each.removed === null).length;
    count.textContent = found.length ? `${plural(there, "resource")}${found.length > there ? `, ${found.length - there} deleted` : ""}` : "";
    if (chosen !== null) refresh();
  }

  function drawKinds() {
    const groups = new Map();
    for (const each of known.resources) {
      const label = `${CLOUDS[each.cloud]} · ${each.service}`;
      if (!groups.has(label)) groups.set(label, new Map());
      groups.get(label).set(each.kind, each.title);
    }
    const options = [...groups.entries()].sort(([one], [other]) => one.localeCompare(other)).map(([label, list]) => [label, [...list.entries()]]);
    // What is chosen is an option also when nothing is of it, as after a reset.
    const isKnown = !filter.kind || options.some(([, list]) => list.some(([kind]) => kind === filter.kind));
    refillSelect(kinds, [["", [["", "All kinds"], ...(isKnown ? [] : [[filter.kind, filter.kind]])]], ...options], () => filter.kind);
  }

  function close() {
    open("resources");
    list.node.focus();
  }

  async function refresh() {
    const short = known.resources.find((each) => each.number === chosen);
    const key = JSON.stringify(short ?? null);
    if (layout.detail.dataset.key === key) return;
    layout.detail.dataset.key = key;
    shown = null;
    const actions = { open, close };
    if (short) shown = (await showResource(layout.detail, chosen, actions)) ?? shown;
    else fillDetail(layout.detail, "missing", missing(actions));
  }

  /** A request may be known only after what it made. */
  function drawLinks() {
    if (shown) drawResource(layout.detail, shown, { open, close });
  }

  const stops = [watch("resources", draw), watch("requests", drawLinks)];
  draw();
  return {
    stop: () => stops.forEach((stop) => stop()),
    show(number) {
      chosen = number === undefined ? null : Number(number);
      shown = null;
      layout.detail.dataset.key = "";
      list.mark(chosen);
      layout.setOpen(chosen !== null);
      if (chosen === null) nothingChosen(layout.detail, "resources", "Select a resource", "Its fields are shown here, and its history: which request made it, what changed, how it ended.");
      else refresh();
    },
    move: (distance) => list.move(distance),
    focusList: () => list.node.focus(),
  };
}

function noneShown(open, change) {
  const bornOnes = known.resources.filter((each) => each.is_born).length;
  const isEmpty = known.resources.length === bornOnes;
  if (!isEmpty) return empty("filter", "No resource fits the filter", "Change the words or the kind above, or show what was there from birth.");
  return empty(
    "resources",
    "Nothing was made yet",
    "What your DAGs create shows up here, with its history.",
    el("p", {}, button("Copy a connection", { kind: "primary", icon: "connect", onclick: () => open("connect") })),
    el("p", {}, button(`Show the ${bornOnes} that were there from birth`, { onclick: () => document.querySelector(".check input").click() })),
  );
}

/** Show a resource, and return what is shown of it; null if that could not be had, or another one is wanted meanwhile. */
async function showResource(pane, number, actions) {
  const wanted = pane.dataset.key;
  let one;
  try {
    one = await get(`/inventory/${number}`);
  } catch (error) {
    // Forgotten meanwhile, or the sandbox is gone.
    if (pane.dataset.key === wanted) fillDetail(pane, "not fetched", notFetched(error, actions));
    if (pane.dataset.key === wanted) pane.dataset.key = ""; // so that it is asked for again
    return null;
  }
  // Another one may have been chosen while this one was fetched.
  if (pane.dataset.key !== wanted) return null;
  drawResource(pane, one, actions);
  return one;
}

function drawResource(pane, one, actions) {
  fillDetail(pane, String(one.number), head(one, actions), el("div", { class: "detail-body" }, history(one, actions), el("section", { class: "part" }, el("h3", {}, "Fields"), jsonView(one.document))));
}

function missing(actions) {
  return empty("resources", "This resource is not known any more", "It was there before a reset, or was deleted long ago.", el("p", {}, button("Close", { onclick: actions.close })));
}

function head(one, actions) {
  const tools = [button("Copy id", { icon: "copy", onclick: () => copy(one.id, "The id") }), button("Copy JSON", { icon: "copy", onclick: () => copy(JSON.stringify(one.document, null, 2), "The resource") })];
  if (one.goes_on) tools.unshift(...endButtons(one));
  const canRemove = one.removed === null && known.catalog.kinds.includes(one.kind);
  if (canRemove) tools.push(button("Delete", { icon: "bin", kind: "danger", title: "As another person would, behind the back of your DAG", onclick: () => attempt(() => send("DELETE", `/resources/${one.kind}/${encodeURIComponent(one.id)}`), `${one.name} is deleted, as if by another person.`) }));
  return el(
    "header",
    { class: "detail-head" },
    el("div", { class: "detail-top" }, button("Back to the list", { icon: "back", label: true, kind: "plain back", onclick: actions.close }), el("h2", { tabindex: "-1", "data-focus": "" }, one.name), stateChip(one), button("Close the detail", { icon: "close", label: true, kind: "plain shut", onclick: actions.close })),
    el("p", { class: "sub" }, cloudMark(one.cloud), el("span", {}, `${one.service} · ${one.title}`), el("span", { class: "mono" }, one.id), one.account ? el("span", {}, `account ${one.account}`) : ""),
    el("div", { class: "actions" }, ...tools),
  );
}

/** The buttons that end work that goes on. */
export function endButtons(one) {
  const path = `/resources/${one.kind}/${encodeURIComponent(one.id)}/end`;
  return [
    button("Finish", { icon: "check", kind: "good", "aria-label": `Finish ${one.name}`, onclick: () => attempt(() => send("POST", path, { ending: "good" }), `${one.name} ended well.`) }),
    button("Fail", { icon: "cross", kind: "danger", "aria-label": `Fail ${one.name}`, onclick: () => endDialog(one.name, (reason) => attempt(() => send("POST", path, { ending: "bad", reason }), `${one.name} failed.`)) }),
  ];
}

function history(one, actions) {
  return el("section", { class: "part" }, el("h3", {}, "History"), el("ol", { class: "timeline" }, ...one.history.map((line) => entry(line, actions))));
}

function entry(line, actions) {
  const call = line.request_id && known.requests.find((each) => each.request_id === line.request_id);
  const by = call ? el("button", { type: "button", class: "link", onclick: () => actions.open("requests", call.number) }, line.by) : line.by;
  const changes = Object.entries(line.changes).map(([name, [before, after]]) => el("li", {}, el("span", { class: "mono" }, name), " ", el("del", {}, shown(before)), " → ", el("ins", {}, shown(after))));
  const kind = line.what.startsWith("made") ? "made" : line.what.startsWith("removed") ? "gone" : line.what.startsWith("ended") ? "ended" : "";
  return el("li", { class: kind }, el("div", { class: "line" }, el("span", { class: "what" }, line.what), line.by ? el("span", { class: "soft" }, "by ", by) : "", el("time", { class: "time" }, time(line.at * 1000))), changes.length ? el("ul", { class: "changes" }, ...changes) : "");
}

function shown(value) {
  if (value === null || value === "") return "nothing";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

// Elements, icons and words. All text goes into the page as text nodes: nothing of a request can become markup.

const SVG = "http://www.w3.org/2000/svg";

/** Make an element: `el("p", { class: "soft", onclick: act }, "text", child)`. Undefined and null children are left out. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node[name] = value;
    else if (name in node && typeof value !== "string") node[name] = value;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.flat().filter((child) => child !== undefined && child !== null && child !== ""));
  return node;
}

// What `el` may be told to listen to. As properties, so that a node that stays can take over what its successor listens to.
const LISTENERS = ["onclick", "onchange", "oninput", "onsubmit"];
const FOCUSABLE = "button, a[href], input, select, textarea, summary, [tabindex='0']";

/**
 * Show other content in a box, and leave alone what is the same: a click that has begun finds its button, what has the
 * focus keeps it, and what is selected stays so.
 *
 * Whatever listens in there must ask its event for its node, since the node that stays may be an older one.
 */
export function redraw(box, ...content) {
  merge(box, el("div", {}, ...content));
}

/** What tells a node from its neighbours: its key, or its name, or what it says where it can be pressed. */
function identity(node) {
  if (node.nodeType !== Node.ELEMENT_NODE) return node.nodeName;
  const name = node.dataset.key ?? node.getAttribute("aria-label") ?? (node.matches(FOCUSABLE) ? node.textContent : node.id);
  return `${node.nodeName} ${name}`;
}

/** Give a node the children of a fresh one. Nothing is moved, since what is moved loses the focus: what is on its way is left out, and added anew. */
function merge(node, fresh) {
  let next = node.firstChild;
  for (const child of [...fresh.childNodes]) {
    let same = next;
    while (same && identity(same) !== identity(child)) same = same.nextSibling;
    if (!same) {
      node.insertBefore(child, next);
      continue;
    }
    while (next !== same) next = drop(next);
    next = same.nextSibling;
    if (same.nodeType === Node.ELEMENT_NODE) takeOver(same, child);
    else if (same.data !== child.data) same.data = child.data;
  }
  while (next) next = drop(next);
}

function drop(node) {
  const next = node.nextSibling;
  node.remove();
  return next;
}

function takeOver(node, fresh) {
  for (const { name } of [...node.attributes]) if (!fresh.hasAttribute(name)) node.removeAttribute(name);
  // A style goes by its own property: the page's policy forbids it as an attribute.
  for (const { name, value } of fresh.attributes) if (name !== "style" && node.getAttribute(name) !== value) node.setAttribute(name, value);
  if (node.style.cssText !== fresh.style.cssText) node.style.cssText = fresh.style.cssText;
  for (const name of LISTENERS) node[name] = fresh[name];
  merge(node, fresh);
}

const PATHS = {
  requests: "M3 12h4l2.5-7 5 14 2.5-7h4",
  resources: "M12 3l8 4.5v9L12 21l-8-4.5v-9zM12 12l8-4.5M12 12v9M12 12L4 7.5",
  jobs: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM10 8.5v7l5.5-3.5z",
  faults: "M13 2L4.5 13.5H11L10 22l9-12h-6.5z",
  connect: "M9 3v5M15 3v5M6 8h12v3a6 6 0 0 1-12 0zM12 17v4",
  settings: "M4 7h9M17 7h3M4 17h3M11 17h9M15 5v4M9 15v4",
  clock: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3.5 2",
  reset: "M4 4v6h6M4.5 10a8 8 0 1 1-.4 4.500",
  help: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM9.500 9.500a2.600 2.600 0 1 1 3.600 2.600c-.8.4-1.100.8-1.100 1.700M12 17v.01",
  auto: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 3v18M12 7h5M12 12h9M12 17h5",
  light: "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 2v2.500M12 19.500V22M2 12h2.500M19.500 12H22M4.900 4.900l1.800 1.800M17.300 17.300l1.800 1.800M4.900 19.100l1.800-1.800M17.300 6.700l1.800-1.800",
  dark: "M20 14.500A8.500 8.500 0 0 1 9.500 4a8.500 8.500 0 1 0 10.500 10.500z",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  back: "M15 5l-7 7 7 7",
  close: "M6 6l12 12M18 6L6 18",
  check: "M4.500 12.500l5 5L19.500 7",
  cross: "M6 6l12 12M18 6L6 18",
  pause: "M9 5v14M15 5v14",
  play: "M8 5v14l11-7z",
  search: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM16 16l4.500 4.500",
  bin: "M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5",
  terminal: "M4 5h16v14H4zM7 9l3 3-3 3M12.500 15h4",
  filter: "M4 5h16l-6 8v6l-4-2v-4z",
  plus: "M12 5v14M5 12h14",
  eye: "M2.500 12s3.500-6.500 9.500-6.500 9.500 6.500 9.500 6.500-3.500 6.500-9.500 6.500S2.500 12 2.500 12zM12 14.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5z",
};

/** A line icon; it says nothing to a screen reader. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  for (const [key, value] of Object.entries({ viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true" })) svg.setAttribute(key, value);
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

/** A button with an icon and, unless `label` only names it, with words. */
export function button(words, { icon: name, kind = "", label, ...attributes } = {}) {
  const text = label ? [] : [el("span", {}, words)];
  const named = label ? { "aria-label": words, title: words } : {};
  return el("button", { type: "button", class: `button ${kind} ${label ? "only-icon" : ""}`, ...named, ...attributes }, name ? icon(name) : "", ...text);
}

/** What stands where there is nothing: what that means, and what to do about it. */
export function empty(name, title, ...hints) {
  return el("div", { class: "empty" }, el("span", { class: "empty-icon" }, icon(name)), el("p", { class: "empty-title" }, title), ...hints.map((hint) => (typeof hint === "string" ? el("p", {}, hint) : hint)));
}

export const CLOUDS = { alibaba: "Alibaba Cloud", huawei: "Huawei Cloud" };

export function cloudMark(cloud) {
  return el("span", { class: `cloud ${cloud}`, title: CLOUDS[cloud], role: "img", "aria-label": CLOUDS[cloud] }, cloud === "alibaba" ? "A" : "H");
}

/** How a call went: ok, refused (the client's doing), failed (the cloud's), or broken (no answer). */
export function outcome(call) {
  if (call.status === 0) return "broken";
  if (call.status >= 500) return "failed";
  return call.status >= 400 || call.code !== "" ? "refused" : "ok";
}

export function statusChip(call) {
  return el("span", { class: `chip ${outcome(call)}` }, call.status || "none");
}

export function time(text, { millis = false } = {}) {
  const shown = new Date(text).toLocaleTimeString([], { hour12: false });
  return millis ? `${shown}.${String(new Date(text).getMilliseconds()).padStart(3, "0")}` : shown;
}

const UNITS = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];

/** Seconds in words, of at most two units: `1 h 5 min`. */
export function duration(seconds) {
  let rest = Math.round(Math.abs(seconds));
  if (rest === 0) return "0 s";
  const parts = [];
  for (const [size, unit] of UNITS) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count) parts.push(`${count} ${unit}`);
  }
  return parts.slice(0, 2).join(" ");
}

export function ago(seconds) {
  return seconds < 1.5 ? "just now" : `${duration(seconds)} ago`;
}

export function plural(count, noun) {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}

/** JSON as coloured text. */
export function jsonView(value) {
  const pre = el("pre", { class: "code", tabindex: "0", role: "region", "aria-label": "JSON" });
  const text = JSON.stringify(value, null, 2);
  const token = /("(?:\\.|[^"\\])*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
  let last = 0;
  for (const match of text.matchAll(token)) {
    pre.append(text.slice(last, match.index));
    const kind = match[2] ? "key" : match[1] ? "string" : "literal";
    pre.append(el("span", { class: `json-${kind}` }, match[1] ?? match[0]), match[2] ?? "");
    last = match.index + match[0].length;
  }
  pre.append(text.slice(last));
  return pre;
}

export function codeBlock(text, label = "Text") {
  return el("pre", { class: "code", tabindex: "0", role: "region", "aria-label": label }, text);
}

/** Names and values, as a description list. */
export function pairs(entries) {
  return el("dl", { class: "pairs" }, ...entries.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value instanceof Node ? value : String(value)))));
}

/** A choice of few, as radio buttons that look like one control. */
export function segments(name, label, options, value, onchange) {
  const group = el("fieldset", { class: "segments" }, el("legend", { class: "hidden" }, label));
  for (const [each, words] of options) {
    const input = el("input", { type: "radio", name, value: each, checked: each === value, onchange: () => onchange(each) });
    group.append(el("label", {}, input, el("span", {}, words)));
  }
  return group;
}

/** A select, named by a label of its own where it has an id; `groups` is a list of `[label, [[value, words], …]]`, with an empty label for options of no group. */
export function select(label, groups, value, onchange, attributes = {}) {
  const name = attributes.id ? {} : { "aria-label": label };
  const node = el("select", { ...name, onchange: () => onchange(node.value), ...attributes });
  fillSelect(node, groups, value);
  return node;
}

/** Fill a select anew, unless it is what it has already. One that may be open keeps its options until something is chosen or it is left: they must not move under the hand. */
export function refillSelect(node, groups, value) {
  const key = JSON.stringify(groups);
  const fill = () => {
    if (node.filled !== key) fillSelect(node, groups, value());
    node.filled = key;
    node.value = value();
  };
  const end = () => {
    node.isInUse = false;
    fill();
  };
  node.onblur = end;
  // After the one who is told of the choice.
  node.oninput = () => setTimeout(end);
  node.onpointerdown = () => {
    fill();
    node.isInUse = true;
  };
  node.onkeydown = ({ key }) => {
    if (!node.isInUse) fill();
    node.isInUse = !["Tab", "Escape"].includes(key);
  };
  if (!node.isInUse) fill();
}

function fillSelect(node, groups, value) {
  const options = (list) => list.map(([each, words]) => el("option", { value: each }, words));
  node.replaceChildren(...groups.flatMap(([label, list]) => (label ? [el("optgroup", { label }, ...options(list))] : options(list))));
  node.value = value;
}

/** A switch; `onchange` gets whether it is to be on, and tells whether that could be done. */
export function toggle(label, on, onchange) {
  const onclick = async ({ currentTarget: node }) => {
    const wanted = node.getAttribute("aria-checked") !== "true";
    // At once, so that a second click means the opposite of the first; what it does comes after that, though.
    node.setAttribute("aria-checked", String(wanted));
    node.doing = (node.doing ?? Promise.resolve()).then(() => onchange(wanted));
    if (!(await node.doing)) node.setAttribute("aria-checked", String(!wanted));
  };
  return el("button", { type: "button", role: "switch", class: "switch", "aria-checked": String(on), "aria-label": label, onclick });
}

// The frame: views, their addresses, the keyboard, the theme, and whether the sandbox can be reached.

import { known, now, start, watch } from "./api.js";
import { button, duration, el, empty, icon } from "./dom.js";
import { mountConnect } from "./connect.js";
import { confirmReset, showClock, showShortcuts } from "./dialogs.js";
import { mountFaults } from "./faults.js";
import { keepFocus } from "./focus.js";
import { mountJobs } from "./jobs.js";
import { followPresses } from "./pressing.js";
import { mountRequests } from "./requests.js";
import { mountResources } from "./resources.js";
import { mountSettings } from "./settings.js";

const VIEWS = [
  ["requests", "Requests", mountRequests],
  ["resources", "Resources", mountResources],
  ["jobs", "Jobs", mountJobs],
  ["faults", "Faults", mountFaults],
  ["connect", "Connect", mountConnect],
  ["settings", "Settings", mountSettings],
];
const THEMES = ["auto", "light", "dark"];
const main = document.getElementById("view");
let mounted = { id: "", view: null };

function place() {
  const [id, detail] = location.hash.replace(/^#\/?/, "").split("/");
  return { id: VIEWS.some(([each]) => each === id) ? id : "requests", detail };
}

/** Go to a view, and in it to a detail; `undefined` closes the detail. */
function open(id, detail) {
  const address = detail === undefined ? `#/${id}` : `#/${id}/${detail}`;
  if (location.hash === address) return;
  // Shown at once, not at the event of a new hash: the next key may be on its way to the new view.
  history.pushState(null, "", address);
  show();
}

/** Another sandbox answers: show the view anew, and no detail of the one before. Who was typing goes on typing. */
function startOver() {
  const field = document.activeElement;
  mounted.view.stop();
  mounted = { id: "", view: null };
  if (place().detail) open(place().id);
  else show();
  if (!isTyping(field)) return;
  const same = field.id ? document.getElementById(field.id) : main.querySelector(`[aria-label="${CSS.escape(field.ariaLabel ?? "")}"]`);
  same?.focus();
}

function show() {
  const { id, detail } = place();
  if (mounted.id !== id) {
    mounted.view?.stop();
    main.replaceChildren();
    main.dataset.view = id;
    const [, title, mount] = VIEWS.find(([each]) => each === id);
    mounted = { id, view: mount(main, open) };
    document.title = `${title} · Cloudflows sandbox`;
    main.setAttribute("aria-label", title);
    main.scrollTop = 0;
  }
  mounted.view.show(detail || undefined);
  for (const link of document.querySelectorAll("#nav a")) {
    if (link.dataset.view === id) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

const counts = {};

function drawNav() {
  document.getElementById("nav").replaceChildren(
    ...VIEWS.map(([id, title], place) => {
      counts[id] = el("span", { class: "nav-count", "aria-hidden": "true" });
      return el("li", {}, el("a", { href: `#/${id}`, "data-view": id, title: `${title} (${place + 1})` }, icon(id), el("span", {}, title), counts[id]));
    }),
  );
}

function drawCounts() {
  const short = (number) => (number > 999 ? `${Math.floor(number / 1000)}k` : number || "");
  counts.requests.textContent = short(known.requests.length);
  counts.resources.textContent = short(known.resources.filter((each) => !each.is_born && each.removed === null).length);
  counts.jobs.textContent = short(known.resources.filter((each) => each.goes_on).length);
  const faults = known.faults.filter((rule) => !rule.off).length;
  counts.faults.textContent = short(faults);
  counts.faults.classList.toggle("alert", faults > 0);
}

function drawTools() {
  const clock = el("button", { type: "button", class: "button clock", "aria-label": "Advance the clock", title: "Advance the clock (c)", onclick: showClock }, icon("clock"), el("span", { class: "clock-time" }), el("span", { class: "ahead" }));
  const theme = button("Theme", { icon: "auto", label: true, kind: "plain", id: "theme", onclick: nextTheme });
  document.getElementById("tools").replaceChildren(clock, theme, button("Keyboard shortcuts", { icon: "help", label: true, kind: "plain", onclick: showShortcuts }), button("Reset to birth", { icon: "reset", label: true, kind: "plain", onclick: confirmReset }));
  setTheme(document.documentElement.dataset.theme);
  drawClock();
}

function drawClock() {
  document.querySelector(".clock-time").textContent = new Date(now() * 1000).toLocaleTimeString([], { hour12: false });
  const { advanced } = known.clock;
  document.querySelector(".ahead").textContent = advanced ? `+${duration(advanced)}` : "";
}

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  const node = document.getElementById("theme");
  const words = { auto: "Colours: as the system has it", light: "Colours: light", dark: "Colours: dark" }[theme];
  node.replaceChildren(icon(theme));
  node.title = `${words} (t)`;
  node.setAttribute("aria-label", words);
}

function nextTheme() {
  const theme = THEMES[(THEMES.indexOf(document.documentElement.dataset.theme) + 1) % THEMES.length];
  setTheme(theme);
  try {
    localStorage.setItem("cloudflows-theme", theme);
  } catch {
    // The browser keeps nothing: it is as the system has it when the page is opened again.
  }
}

function drawState(isReachable) {
  const live = document.getElementById("live");
  live.className = `live ${isReachable ? "on" : "off"}`;
  live.textContent = isReachable ? "Live" : "Not reachable";
  live.title = isReachable ? "What you see is up to date" : "Is the sandbox still running? The console goes on as soon as it is back.";
}

function isTyping(target) {
  return target.closest("input:not([type=checkbox], [type=radio]), textarea, select") !== null;
}

/** Escape goes one step back: a dialog closes by itself, then the filter is left, then the detail is closed. */
function escape(event) {
  if (document.querySelector("dialog[open]")) return;
  if (isTyping(event.target)) event.target.blur();
  else if (place().detail) {
    open(place().id);
    mounted.view.focusList?.();
  }
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (event.key === "Escape") return escape(event);
  if (document.querySelector("dialog[open]") || isTyping(event.target)) return;
  const keys = {
    "/": () => main.querySelector("[data-search]")?.focus(),
    "?": showShortcuts,
    t: nextTheme,
    c: showClock,
    j: () => mounted.view.move?.(1),
    k: () => mounted.view.move?.(-1),
  };
  const view = VIEWS[Number(event.key) - 1];
  if (view) open(view[0]);
  else if (event.key in keys) keys[event.key]();
  else return;
  event.preventDefault();
}

async function boot() {
  drawNav();
  try {
    await start(drawState);
  } catch (error) {
    drawState(false);
    main.replaceChildren(empty("requests", "The sandbox does not answer", error.message, el("p", {}, button("Try again", { kind: "primary", onclick: () => location.reload() }))));
    return;
  }
  drawTools();
  drawCounts();
  for (const part of ["requests", "resources", "controls"]) watch(part, drawCounts);
  watch("life", startOver);
  setInterval(drawClock, 1000);
  window.addEventListener("hashchange", show);
  document.addEventListener("keydown", onKey);
  followPresses();
  keepFocus();
  show();
}

boot();

// How the whole sandbox behaves, which keys it refuses, and what it chose where the vendors document nothing.

import { known, send, watch } from "./api.js";
import { button, cloudMark, el, icon, redraw, select } from "./dom.js";
import { confirmReset } from "./dialogs.js";
import { attempt } from "./toasts.js";

const FIELDS = [
  ["list_lag", "Lists lag", "seconds until a list shows what is new"],
  ["read_lag", "Reads lag", "seconds until a read by id knows what is new"],
  ["deleted_lag", "Deleted ones stay", "seconds for which lists go on showing them"],
  ["page_cap", "Items in a page", "at most; 0 for as many as asked for"],
  ["requests_per_second", "Requests per second", "for each key; 0 for no limit"],
  ["clock_offset", "Clock of signatures", "seconds it is off, ahead or behind"],
  ["credential_seconds", "Temporary keys live", "seconds; 0 for as long as was asked for"],
];

export function mountSettings(root) {
  const inputs = new Map();
  const fields = FIELDS.map(([name, words, hint]) => {
    const input = el("input", { type: "number", id: `setting-${name}`, step: name === "page_cap" ? "1" : "any", "aria-describedby": `hint-${name}`, ...taking(name, Number) });
    inputs.set(name, input);
    return el("div", { class: "field" }, el("label", { for: input.id }, words), input, el("small", { id: `hint-${name}` }, hint));
  });
  const metadata = select("Metadata services", [["", ["v2 and v1", "v2", "v1", "off"].map((each) => [each, each])]], "v2 and v1", () => {}, { id: "setting-metadata", ...taking("metadata", String) });
  const date = el("input", { type: "text", id: "setting-date_header", placeholder: "the true time", ...taking("date_header", String) });
  inputs.set("metadata", metadata);
  inputs.set("date_header", date);
  fields.push(el("div", { class: "field" }, el("label", { for: metadata.id }, "Metadata services"), metadata, el("small", {}, "v2 wants a token")), el("div", { class: "field" }, el("label", { for: date.id }, "Date header"), date, el("small", {}, "sent with every answer instead of the time")));
  const keys = el("ul", { class: "key-rows" });
  const reset = el("section", { class: "card" }, el("h2", {}, "Start over"), el("p", { class: "soft" }, "Everything as it was when the sandbox was born."), el("div", { class: "actions" }, button("Reset to birth", { icon: "reset", kind: "danger", onclick: confirmReset })));
  root.append(el("div", { class: "columns" }, el("div", { class: "column" }, el("section", { class: "card" }, el("h2", {}, "Behaviour"), el("div", { class: "form grid" }, ...fields)), choices()), el("div", { class: "column" }, el("section", { class: "card" }, el("h2", { tabindex: "-1" }, "Keys"), el("p", { class: "soft" }, "A refused key stays so until a reset."), keys), reset)));

  /** What a field listens to. What was typed and not yet taken stays; what is refused is shown as it is again. */
  function taking(name, read) {
    return {
      oninput: ({ currentTarget }) => (currentTarget.dataset.typed = ""),
      onblur: ({ currentTarget }) => {
        delete currentTarget.dataset.typed;
        draw();
      },
      onchange: async ({ currentTarget }) => {
        delete currentTarget.dataset.typed;
        const before = known.settings[name];
        known.settings[name] = read(currentTarget.value);
        if (await set(name, known.settings[name])) return;
        known.settings[name] = before;
        draw();
      },
    };
  }

  function draw() {
    for (const [name, input] of inputs) {
      if (!("typed" in input.dataset)) input.value = String(known.settings[name]);
      input.closest(".field").classList.toggle("is-changed", !["0", "", "v2 and v1"].includes(String(known.settings[name])));
    }
    const { revoked } = known.settings;
    const more = Object.keys(revoked).filter((id) => !known.catalog.keys.some((key) => key.id === id)).map((id) => ({ id, cloud: id.startsWith("STS.") ? "alibaba" : "huawei", is_temporary: true }));
    redraw(keys, ...[...known.catalog.keys, ...more].map((key) => keyRow(key, revoked[key.id])));
  }

  const stop = watch("controls", draw);
  draw();
  return { stop, show() {} };
}

function set(name, value) {
  return attempt(() => send("POST", "/settings", { [name]: value }), "The sandbox behaves so from now on.");
}

function keyRow(key, reason) {
  const revoke = (why, words) => button(words, { kind: "small", "aria-label": `Refuse ${key.id} as ${why}`, onclick: () => attempt(() => send("POST", "/revoke", { credential: key.id, reason: why }), `${key.id} is refused as ${why} from now on.`) });
  const state = reason ? el("span", { class: "chip failed" }, reason) : el("div", { class: "actions" }, revoke("expired", "Expire"), revoke("invalid", "Refuse"));
  return el("li", { "data-key": key.id }, cloudMark(key.cloud), el("div", { class: "key-name" }, el("span", { class: "mono" }, key.id), key.is_temporary ? el("small", {}, "temporary") : ""), state);
}

function choices() {
  const search = el("input", { type: "search", class: "search", placeholder: "Filter the choices", "aria-label": "Filter the choices", "data-search": "", oninput: () => draw() });
  const list = el("dl", { class: "choices" });
  const count = el("span", { class: "badge" });

  function draw() {
    const words = search.value.toLowerCase();
    const found = known.choices.filter((each) => `${each.subject} ${each.value} ${each.why}`.toLowerCase().includes(words));
    count.textContent = String(found.length);
    list.replaceChildren(...(found.length ? found.map((each) => el("div", {}, el("dt", {}, each.subject), el("dd", { class: "mono" }, each.value), el("dd", { class: "soft" }, each.why))) : [el("p", { class: "soft" }, "No choice fits.")]));
  }

  draw();
  return el("section", { class: "card" }, el("div", { class: "card-head" }, el("h2", {}, "Choices", count)), el("p", { class: "soft" }, "What the vendors do not document, and what this sandbox does instead. Take none of it for a fact about a cloud."), el("div", { class: "search-box" }, icon("search"), search), list);
}

// What goes wrong on purpose: every kind the sandbox knows, each with a switch, and the rules that are there.

import { get, known, send, watch } from "./api.js";
import { CLOUDS, button, el, empty, icon, plural, redraw, select, toggle } from "./dom.js";
import { attempt } from "./toasts.js";

const GROUPS = [
  ["The cloud says no", "A proper answer that refuses the call, as the gateway or the service words it.", ["error", "throttle", "quota", "unauthorized", "success_false", "gateway_404"]],
  ["The answer is damaged", "What comes back is not what the cloud meant to say.", ["html", "html_404", "html_200", "empty", "truncated", "not_utf8", "bad_gzip"]],
  ["Time and repetition", "The answer is late, slow or endless, or the call is carried out twice.", ["slow_headers", "slow_body", "endless_body", "replay"]],
  ["The connection breaks", "No answer at all.", ["drop", "reset", "cut", "silence"]],
];
const TITLES = {
  error: "Error", gateway_404: "Gateway 404", html_404: "Web page 404", html: "Web page 502", throttle: "Throttled", quota: "Quota used up", unauthorized: "Credential refused", success_false: "Success: false", replay: "Carried out twice", empty: "Empty body", html_200: "Login page", truncated: "Cut off", not_utf8: "Not UTF-8", bad_gzip: "Broken gzip", slow_headers: "Late answer", slow_body: "Slow body", endless_body: "Endless body", drop: "Dropped", reset: "Reset", cut: "Cut in the status line", silence: "Silence",
};
const OFTEN = [["every", "every call"], ["times", "the first calls"], ["nth", "one call"], ["probability", "a share of calls"]];

// Where and how often; it outlives the view.
const scope = { operation: "*", when: "before", often: "every", count: "1", share: "20" };

export function mountFaults(root) {
  const rules = el("section", { class: "card rules", "aria-labelledby": "rules" });
  const cards = new Map();
  const groups = GROUPS.map(([title, about, kinds]) => group(title, about, kinds.filter((name) => known.catalog.faults.some((each) => each.name === name)), cards));
  const others = known.catalog.faults.map((each) => each.name).filter((name) => !GROUPS.some(([, , kinds]) => kinds.includes(name)));
  if (others.length) groups.push(group("Others", "", others, cards));
  root.append(el("div", { class: "faults" }, el("div", { class: "column" }, scopeForm(), ...groups), el("div", { class: "column sticky" }, rules)));

  function draw() {
    drawRules(rules);
    for (const [name, card] of cards) drawCard(name, card);
  }

  const stop = watch("controls", draw);
  draw();
  return { stop, show() {} };
}

function scopeForm() {
  const named = known.catalog.operations.map((each) => ({ ...each, full: `${each.service.toLowerCase()}.${each.name}` }));
  const options = [...new Map(named.map((each) => [each.full, each])).values()];
  const list = el("datalist", { id: "operations" }, ...options.map((each) => el("option", { value: each.full }, CLOUDS[each.cloud] ?? each.cloud)));
  const operation = el("input", { id: "fault-operation", list: "operations", value: scope.operation, autocomplete: "off", spellcheck: "false", oninput: () => (scope.operation = operation.value.trim() || "*") });
  const when = select("When", [["", [["before", "before it takes effect"], ["after", "after it took effect"]]]], scope.when, (value) => (scope.when = value), { id: "fault-when" });
  const count = el("input", { id: "fault-count", type: "number", min: "1", value: scope.count, oninput: () => (scope.count = count.value) });
  const share = el("input", { id: "fault-share", type: "number", min: "0", max: "100", value: scope.share, oninput: () => (scope.share = share.value) });
  const countField = el("div", { class: "field" }, el("label", { for: "fault-count" }, ""), count);
  const shareField = el("div", { class: "field" }, el("label", { for: "fault-share" }, "Percent"), share);
  const often = select("How often", [["", OFTEN]], scope.often, (value) => { scope.often = value; draw(); }, { id: "fault-often" });

  function draw() {
    countField.hidden = !["times", "nth"].includes(scope.often);
    countField.firstChild.textContent = scope.often === "nth" ? "Which" : "How many";
    shareField.hidden = scope.often !== "probability";
  }

  draw();
  return el("section", { class: "card scope" }, el("h2", {}, "What the next switch is about"), el("div", { class: "form inline" }, el("div", { class: "field grow" }, el("label", { for: "fault-operation" }, "Operation, * for all"), operation, list), el("div", { class: "field" }, el("label", { for: "fault-when" }, "When"), when), el("div", { class: "field" }, el("label", { for: "fault-often" }, "How often"), often), countField, shareField));
}

function group(title, about, kinds, cards) {
  const needsProxy = kinds.some((name) => kindOf(name).is_tcp) && !known.catalog.tcp_faults;
  const note = needsProxy ? el("p", { class: "note" }, "These need the sandbox to stand behind its proxy: start it with ", el("code", {}, "--tcp-faults"), ".") : "";
  const made = kinds.map((name) => {
    const card = faultCard(name);
    cards.set(name, card);
    return card.node;
  });
  return el("section", { class: "fault-group" }, el("h2", { tabindex: "-1" }, title), el("p", { class: "soft" }, about), note, el("div", { class: "fault-cards" }, ...made));
}

function kindOf(name) {
  return known.catalog.faults.find((each) => each.name === name);
}

function faultCard(name) {
  const kind = kindOf(name);
  const inputs = kind.parameters.map((parameter) => [parameter, parameterInput(name, parameter)]);
  const title = TITLES[name] ?? name;
  const flip = toggle(`${title}: ${name}`, false, (on) => (on ? switchOn(name, inputs) : switchOff(name)));
  flip.disabled = kind.is_tcp && !known.catalog.tcp_faults;
  const note = el("p", { class: "fault-note" });
  const another = button(`Add another rule: ${title}`, { kind: "plain", icon: "plus", label: true, hidden: true, onclick: () => add(name, inputs) });
  const options = inputs.length ? el("details", { class: "fold" }, el("summary", {}, "Options"), el("div", { class: "form" }, el("small", {}, kind.about), ...inputs.map(([parameter, input]) => el("div", { class: "field" }, el("label", { for: input.id }, parameter.name), input)))) : "";
  const node = el("article", { class: "fault-card" }, el("div", { class: "fault-top" }, el("h3", {}, title), another, flip), el("p", { class: "mono soft" }, name), el("p", { class: "about-text" }, plainAbout(kind)), options, note);
  return { node, flip, note, another };
}

/** The description without the list of parameters, which have fields of their own. */
function plainAbout(kind) {
  const text = kind.about.replace(/\s*\([^()]*\)/g, "").split("; ")[0];
  return `${text[0].toUpperCase()}${text.slice(1)}.`;
}

function parameterInput(name, parameter) {
  const id = `fault-${name}-${parameter.name}`;
  if (parameter.among.length) return select(parameter.name, [["", [["", "usual"], ...parameter.among.map((each) => [each, each])]]], "", () => {}, { id });
  if (parameter.type === "str") return el("input", { id, type: "text", placeholder: "usual" });
  return el("input", { id, type: "number", placeholder: "usual", min: parameter.least, max: parameter.most, step: parameter.type === "int" ? "1" : "any" });
}

function ruleOf(name, inputs) {
  const rule = { operation: scope.operation, kind: name, when: scope.when };
  if (scope.often === "times" || scope.often === "nth") rule[scope.often] = Number(scope.count);
  if (scope.often === "probability") rule.probability = Number(scope.share) / 100;
  for (const [parameter, input] of inputs) if (input.value !== "") rule[parameter.name] = parameter.type === "str" ? input.value : Number(input.value);
  return rule;
}

function add(name, inputs) {
  const rule = ruleOf(name, inputs);
  return attempt(() => send("POST", "/faults", rule), `${TITLES[name] ?? name} is on for ${rule.operation === "*" ? "all operations" : rule.operation}.`);
}

/** What is shown may be what was before the last click. */
async function rulesNow() {
  try {
    return (await get("/faults")).faults;
  } catch {
    return known.faults;
  }
}

/** A rule of the same words that was switched off goes on with its counts; otherwise there is a new one. */
async function switchOn(name, inputs) {
  const wanted = ruleOf(name, inputs);
  const isSame = (rule) => rule.off && ["operation", "when", "kind", "nth", "probability"].every((key) => rule[key] === wanted[key]) && (rule.times === wanted.times || wanted.nth) && inputs.every(([{ name: key }]) => rule[key] === wanted[key]);
  const found = (await rulesNow()).find(isSame);
  return found ? attempt(() => send("PATCH", `/faults/${found.id}`, { off: false }), "The rule is on again.") : add(name, inputs);
}

async function switchOff(name) {
  const on = (await rulesNow()).filter((rule) => rule.kind === name && !rule.off);
  return attempt(() => Promise.all(on.map((rule) => send("PATCH", `/faults/${rule.id}`, { off: true }))), `${TITLES[name] ?? name} is off.`);
}

function drawCard(name, { node, flip, note, another }) {
  const rules = known.faults.filter((rule) => rule.kind === name && !rule.off);
  flip.setAttribute("aria-checked", String(rules.length > 0));
  node.classList.toggle("is-on", rules.length > 0);
  another.hidden = !rules.length;
  const hits = rules.reduce((sum, rule) => sum + rule.hits, 0);
  note.textContent = !rules.length ? "" : `${plural(rules.length, "rule")}, ${plural(hits, "hit")}`;
}

function howOften(rule) {
  const parts = [];
  if (rule.nth !== undefined) parts.push(rule.times > 1 ? `from call ${rule.nth} on` : `call ${rule.nth}`);
  if (rule.probability !== undefined) parts.push(`${Math.round(rule.probability * 1000) / 10} % of calls`);
  if (!parts.length && rule.times === undefined) parts.push("every call");
  if (rule.times !== undefined && (rule.nth === undefined || rule.times > 1)) parts.push(`${plural(rule.times, "time")} at most`);
  return parts.join(", ");
}

const PLAIN = ["id", "operation", "kind", "when", "nth", "probability", "seed", "times", "calls", "hits", "off"];

function drawRules(box) {
  const clear = button("Remove all", { icon: "bin", kind: "small", onclick: () => attempt(() => send("DELETE", "/faults"), "No rule is left.") });
  const rows = known.faults.map((rule) => {
    const more = Object.entries(rule).filter(([name]) => !PLAIN.includes(name)).map(([name, value]) => `${name} ${value}`);
    const title = TITLES[rule.kind] ?? rule.kind;
    const flip = toggle(`Rule ${rule.id}: ${title}`, !rule.off, (on) => attempt(() => send("PATCH", `/faults/${rule.id}`, { off: !on }), on ? "The rule is on." : "The rule is off."));
    const remove = button(`Remove rule ${rule.id}`, { icon: "bin", label: true, kind: "plain", onclick: () => attempt(() => send("DELETE", `/faults/${rule.id}`), "The rule is gone.") });
    return el("li", { class: rule.off ? "is-off" : "", "data-key": String(rule.id) }, flip, el("div", { class: "rule" }, el("strong", {}, title), el("span", { class: "mono" }, rule.operation === "*" ? "all operations" : rule.operation), el("span", { class: "soft" }, [`${rule.when} it takes effect`, howOften(rule), ...more].join(" · ")), el("span", { class: "hits" }, `${rule.hits} of ${plural(rule.calls, "call")} hit`)), remove);
  });
  const nothing = empty("faults", "Nothing goes wrong", "Flip a switch, run your DAG, and see what it does. The first rule that is due hits a call.");
  redraw(box, el("div", { class: "card-head" }, el("h2", { id: "rules", tabindex: "-1" }, "Rules", el("span", { class: "badge" }, known.faults.length)), known.faults.length ? clear : ""), known.faults.length ? el("ul", { class: "rule-rows" }, ...rows) : nothing);
}

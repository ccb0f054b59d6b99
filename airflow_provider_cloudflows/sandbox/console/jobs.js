// Work that goes on by itself: what runs now, ended by a click; and what the next runs are going to do.

import { known, now, send, watch } from "./api.js";
import { ago, button, cloudMark, duration, el, empty, icon, plural, redraw, select } from "./dom.js";
import { advance, endDialog } from "./dialogs.js";
import { endButtons, stateChip } from "./resources.js";
import { attempt, toast } from "./toasts.js";

const MOST_SHOWN = 100;
const STEPS = [[10, "10 s"], [60, "1 min"], [600, "10 min"], [3600, "1 h"], [86400, "1 day"]];

export function mountJobs(root, open) {
  const running = el("div", {});
  const ended = el("div", {});
  const rules = el("div", {});
  const clock = el("p", { class: "clock-line" });
  const goOn = el("section", { class: "card", "aria-labelledby": "going" }, running);
  const over = el("section", { class: "card", "aria-labelledby": "ended" }, ended);
  const steps = el("div", { class: "actions" }, ...STEPS.map(([seconds, words]) => button(`+${words}`, { "aria-label": `Advance the clock by ${words}`, onclick: () => advance(seconds) })));
  const time = el("section", { class: "card" }, el("h2", {}, "Clock"), clock, el("p", { class: "soft" }, "Work, lags and schedules go by this clock. Signatures and tokens do not."), steps);
  const next = el("section", { class: "card" }, el("h2", { tabindex: "-1" }, "What the next run does"), ruleForm(), rules);
  root.append(el("div", { class: "columns" }, el("div", { class: "column" }, goOn, over), el("div", { class: "column" }, time, next)));

  function draw() {
    const work = known.resources.filter((each) => each.is_work && each.removed === null && each.began !== null);
    const going = work.filter((each) => each.goes_on).reverse();
    const done = work.filter((each) => !each.goes_on).reverse();
    drawGoing(running, going, open);
    drawEnded(ended, done, open);
  }

  function drawControls() {
    const { advanced } = known.clock;
    clock.textContent = advanced ? `${duration(advanced)} ahead of this machine` : "The time of this machine";
    redraw(rules, ...courseRules());
    draw();
  }

  const stops = [watch("resources", draw), watch("controls", drawControls)];
  // How long ago something was changes without any news.
  const ageing = setInterval(draw, 1000);
  stops.push(() => clearInterval(ageing));
  draw();
  drawControls();
  return { stop: () => stops.forEach((stop) => stop()), show() {} };
}

function heading(id, words, count, ...tools) {
  return el("div", { class: "card-head" }, el("h2", { id, tabindex: "-1" }, words, el("span", { class: "badge" }, count)), tools.length ? el("div", { class: "actions" }, ...tools) : "");
}

function drawGoing(box, going, open) {
  const endAll = (ending, reason) => attempt(async () => toast(`${plural((await send("POST", "/end", { ending, reason })).ended.length, "job")} ended.`));
  const tools = going.length > 1 ? [button("Finish all", { icon: "check", onclick: () => endAll("good", "") }), button("Fail all", { icon: "cross", onclick: () => endDialog("all that goes on", (reason) => endAll("bad", reason)) })] : [];
  const nothing = empty("jobs", "Nothing goes on", "Runs of SecMaster, Fabric and BPStudio, DataWorks instances, publishing stages and data integration jobs show up here while they run.", "Most end after 2 seconds; let the next ones take longer with a rule, and you have time to watch.");
  redraw(box, heading("going", "Going on", going.length, ...tools), going.length ? el("ul", { class: "job-rows" }, ...going.slice(0, MOST_SHOWN).map((each) => row(each, open))) : nothing, more(going));
}

function drawEnded(box, done, open) {
  redraw(box, heading("ended", "Done", done.length), done.length ? el("ul", { class: "job-rows" }, ...done.slice(0, MOST_SHOWN).map((each) => row(each, open))) : el("p", { class: "soft pad" }, "Nothing yet."), more(done));
}

function more(list) {
  return list.length > MOST_SHOWN ? el("p", { class: "soft pad" }, `${list.length - MOST_SHOWN} more are among the resources.`) : "";
}

function row(each, open) {
  const began = el("span", { class: "soft" }, each.goes_on ? `for ${duration(Math.max(0, now() - each.began))}` : `began ${ago(Math.max(0, now() - each.began))}`);
  return el(
    "li",
    { class: "job", "data-key": String(each.number) },
    el("div", { class: "job-name" }, el("div", { class: "line" }, cloudMark(each.cloud), el("button", { type: "button", class: "link title", "data-key": "title", onclick: () => open("resources", each.number) }, each.name), stateChip(each)), el("div", { class: "line soft" }, el("span", {}, `${each.service} · ${each.title}`), began)),
    each.goes_on ? el("div", { class: "actions" }, ...endButtons(each)) : "",
  );
}

function ruleForm() {
  const kinds = [["Alibaba Cloud", "alibaba"], ["Huawei Cloud", "huawei"]].map(([label, cloud]) => [label, known.catalog.work.filter((each) => each.cloud === cloud).map((each) => [each.kind, `${each.title} (${each.kind.split(".")[0]})`])]);
  const kind = select("Kind of work", kinds, "fabric.job_run", () => {}, { id: "rule-kind" });
  const ending = select("How it ends", [["", [["good", "ends well"], ["bad", "fails"], ["never", "never ends"]]]], "bad", () => draw(), { id: "rule-ending" });
  const seconds = el("input", { type: "number", id: "rule-seconds", min: "0", step: "any", value: "60" });
  const times = el("input", { type: "number", id: "rule-times", min: "0", step: "1", value: "1" });
  const reason = el("input", { type: "text", id: "rule-reason", placeholder: "no such table" });
  const reasonField = field("Reason", reason);
  const cancel = select("When it is told to stop", [["", [["accepted", "it stops"], ["refused", "it refuses"], ["ignored", "it goes on"]]]], "accepted", () => {}, { id: "rule-cancel" });
  const draw = () => (reasonField.hidden = ending.value !== "bad");
  const form = el("form", { class: "form", onsubmit: submit }, field("Kind", kind), field("It", ending), field("After, in seconds", seconds), reasonField, field("Told to stop", cancel), field("For how many", times, "0 for all that begin from now on"), el("div", { class: "actions" }, el("button", { type: "submit", class: "button primary" }, icon("plus"), el("span", {}, "Add the rule"))));

  async function submit(event) {
    event.preventDefault();
    const rule = { kind: kind.value, ending: ending.value, seconds: Number(seconds.value), times: Number(times.value), cancel: cancel.value };
    if (ending.value === "bad" && reason.value) rule.reason = reason.value;
    await attempt(() => send("POST", "/courses", rule), "The next run goes by this rule.");
  }

  draw();
  return form;
}

export function field(words, input, hint = "") {
  return el("div", { class: "field" }, el("label", { for: input.id }, words), input, hint ? el("small", {}, hint) : "");
}

function courseRules() {
  if (!known.courses.length) return [el("p", { class: "soft" }, "No rule: work ends well after 2 seconds.")];
  const said = (rule) => `${{ good: "ends well", bad: "fails", never: "never ends" }[rule.ending]}${rule.ending === "never" ? "" : ` after ${rule.looks ? plural(rule.looks, "look") : `${rule.seconds} s`}`}${rule.reason ? `: ${rule.reason}` : ""}`;
  const rows = known.courses.map((rule) => el("li", {}, el("strong", {}, rule.kind), " ", said(rule), el("span", { class: "soft" }, ` · ${rule.times ? `the next ${rule.times}` : "all"}`)));
  return [el("ul", { class: "plain-rows" }, ...rows), el("div", { class: "actions" }, button("Drop the rules", { icon: "bin", onclick: () => attempt(() => send("DELETE", "/courses"), "No rule is left.") }))];
}

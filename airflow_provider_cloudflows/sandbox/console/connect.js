// The connections that lead Airflow here, in the form that is wanted, ready to be pasted.

import { known } from "./api.js";
import { CLOUDS, button, cloudMark, el, segments } from "./dom.js";
import { copy } from "./toasts.js";

const FORMS = [["shell", "Shell"], ["json", "JSON"], ["uri", "URI"], ["cli", "airflow CLI"]];
const chosen = { form: "shell", account: "DEFAULT" };
const DOTS = "••••••••";

/** The URI that Airflow reads as the same connection: an underscore of the type is a hyphen there. */
function uri({ conn_type: type, login, password, extra }) {
  const query = Object.entries(extra).map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&");
  return `${type.replaceAll("_", "-")}://${encodeURIComponent(login)}:${encodeURIComponent(password)}@/?${query}`;
}

function written(variable, connection) {
  const id = variable.replace("AIRFLOW_CONN_", "").toLowerCase();
  const json = JSON.stringify(connection);
  return {
    shell: `export ${variable}='${json}'`,
    json: JSON.stringify(connection, null, 2),
    uri: uri(connection),
    cli: `airflow connections add ${id} --conn-json '${json}'`,
  }[chosen.form];
}

export function mountConnect(root) {
  const cards = el("div", { class: "connections" });
  const forms = segments("form", "Form of the connection", FORMS, chosen.form, (form) => change({ form }));
  const accounts = segments("account", "Account", [["DEFAULT", "First account"], ["OTHER", "Second account"]], chosen.account, (account) => change({ account }));
  const steps = el("section", { class: "card" }, el("h2", {}, "Then"), el("ol", { class: "steps" }, el("li", {}, "Paste it into the shell that starts Airflow, or save it as a connection there."), el("li", {}, "Ask who it makes you: ", el("code", {}, "python -m airflow_provider_cloudflows check alibabacloud_default")), el("li", {}, "Run a DAG. Its calls show up under Requests, what it makes under Resources.")));
  root.append(el("div", { class: "page" }, el("div", { class: "page-head" }, el("h2", {}, "Connect Airflow"), el("p", { class: "soft" }, "The keys are published dummies, good for this sandbox alone. Each cloud has a second account, to which the first one's resources do not exist.")), el("div", { class: "bar" }, forms, accounts), cards, steps));

  function change(values) {
    Object.assign(chosen, values);
    draw();
  }

  function draw() {
    const wanted = Object.entries(known.connections).filter(([name]) => name.endsWith(chosen.account));
    cards.replaceChildren(...wanted.map(([name, value]) => card(name, JSON.parse(value))));
  }

  draw();
  return { stop() {}, show() {} };
}

function card(name, connection) {
  const cloud = connection.conn_type === "cloudflows_alibaba" ? "alibaba" : "huawei";
  const text = written(name, connection);
  const hidden = text.replaceAll(connection.password, DOTS);
  const code = el("pre", { class: "code", tabindex: "0", role: "region", "aria-label": `${CLOUDS[cloud]}: connection` }, hidden);
  const show = button("Show the secret", { icon: "eye", label: true, kind: "plain", "aria-pressed": "false", onclick: () => reveal(show.getAttribute("aria-pressed") !== "true") });
  const reveal = (shown) => {
    code.textContent = shown ? text : hidden;
    show.setAttribute("aria-pressed", String(shown));
  };
  return el("section", { class: "card" }, el("div", { class: "card-head" }, el("h3", {}, cloudMark(cloud), CLOUDS[cloud]), el("div", { class: "actions" }, show, button("Copy", { icon: "copy", kind: "primary", "aria-label": `Copy the connection to ${CLOUDS[cloud]}`, onclick: () => copy(text, `The connection to ${CLOUDS[cloud]}`) }))), code);
}

// The control API, and what the console knows of it: fetched anew when the stream says that it changed.

const ROOT = "/_sandbox";

export class Refused extends Error {}

async function answer(reply) {
  const isJson = reply.headers.get("content-type")?.startsWith("application/json");
  const body = isJson ? await reply.json() : await reply.text();
  if (!reply.ok) throw new Refused(isJson ? body.error : `The sandbox answered ${reply.status}.`);
  return body;
}

export async function get(path) {
  return answer(await fetch(ROOT + path, { cache: "no-store" }));
}

export async function send(method, path, body = {}) {
  const headers = { "Content-Type": "application/json" };
  return answer(await fetch(ROOT + path, { method, headers, body: JSON.stringify(body) }));
}

/** What is known. `requests` are newest first; times of resources are seconds by the sandbox's own clock. */
export const known = {
  catalog: null,
  connections: {},
  choices: [],
  requests: [],
  resources: [],
  faults: [],
  courses: [],
  settings: null,
  clock: { now: Date.now() / 1000, advanced: 0 },
  isLoaded: false,
};

const MOST_REQUESTS = 10_000;
const listeners = new Map();

/** Call `listener` when a part of `known` has changed: requests, resources or controls; or life, when it is another
 * sandbox that answers now, of which all is known anew. Returns how to stop. */
export function watch(part, listener) {
  if (!listeners.has(part)) listeners.set(part, new Set());
  listeners.get(part).add(listener);
  return () => listeners.get(part).delete(listener);
}

function changed(part, detail) {
  for (const listener of listeners.get(part) ?? []) listener(detail);
}

let clockRead = performance.now();

/** The sandbox's time in seconds, going on between two readings. */
export function now() {
  return known.clock.now + (performance.now() - clockRead) / 1000;
}

function setClock(clock) {
  known.clock = { ...known.clock, ...clock };
  clockRead = performance.now();
}

async function loadRequests() {
  const before = known.requests;
  const { requests } = await get(`/requests?brief=1&after=${before[0]?.number ?? 0}`);
  // Forgotten meanwhile: what came is of the time before, and the loader is wanted again.
  if (known.requests !== before || !requests.length) return;
  known.requests = [...requests.reverse(), ...known.requests].slice(0, MOST_REQUESTS);
  changed("requests", requests.length);
}

async function loadResources() {
  const { now: time, resources } = await get("/inventory");
  setClock({ now: time });
  known.resources = resources;
  changed("resources");
}

async function loadControls() {
  const [faults, courses, settings, clock] = await Promise.all(["/faults", "/courses", "/settings", "/clock"].map(get));
  known.faults = faults.faults;
  known.courses = courses.courses;
  known.settings = settings;
  setClock(clock);
  changed("controls");
}

/** Runs one load at a time, and the next no sooner than four times as long as the last one took. */
class Loader {
  constructor(load, pause) {
    Object.assign(this, { load, pause, isWanted: false, isRunning: false });
  }

  async want() {
    this.isWanted = true;
    if (this.isRunning) return;
    this.isRunning = true;
    try {
      while (this.isWanted) {
        this.isWanted = false;
        const started = performance.now();
        await this.load();
        const rest = Math.max(this.pause, 4 * (performance.now() - started));
        await new Promise((done) => setTimeout(done, rest));
      }
    } catch {
      // The stream notices that the sandbox is gone, and everything is loaded anew when it is back.
    } finally {
      this.isRunning = false;
    }
  }
}

const loaders = {
  requests: new Loader(loadRequests, 60),
  resources: new Loader(loadResources, 250),
  controls: new Loader(loadControls, 100),
};
let told = {};
let life = 0;
let next = 0;

function forget() {
  told = {};
  known.requests = [];
  changed("requests", -1);
}

/** What a sandbox does not change while it lives; one that was started with other options has another catalog. */
async function loadWhatStays() {
  const [catalog, connections, other, choices] = await Promise.all(["/catalog", "/connections", "/connections?account=other", "/choices"].map(get));
  Object.assign(known, { catalog, connections: { ...connections, ...other }, choices: choices.choices });
}

/** Another sandbox answers: the same numbers are those of other things there. */
async function beginAnew(revisions) {
  if (next === revisions.life) return;
  next = revisions.life;
  forget();
  try {
    await Promise.all([loadWhatStays(), loadResources(), loadControls()]);
  } catch {
    next = 0; // It is gone again; whoever answers then is another, too.
    return;
  }
  life = revisions.life;
  changed("life");
  tell(revisions);
}

function tell(revisions) {
  if (life && life !== revisions.life) return beginAnew(revisions);
  life = revisions.life;
  if (told.resets !== undefined && revisions.resets !== told.resets) forget();
  if (revisions.requests !== told.requests) loaders.requests.want();
  if (revisions.resources !== told.resources) loaders.resources.want();
  // A call that a rule counts changes the controls, too.
  if (revisions.controls !== told.controls) loaders.controls.want();
  told = revisions;
}

/** Work comes to its end without a change in the store: while some goes on, its state is asked for. */
function followWork() {
  if (!document.hidden && known.resources.some((each) => each.goes_on)) loaders.resources.want();
}

/** Load everything, and keep up from then on; `onstate` is told whether the sandbox can be reached. */
export async function start(onstate) {
  await Promise.all([loadWhatStays(), loadRequests(), loadResources(), loadControls()]);
  known.isLoaded = true;
  const stream = new EventSource(`${ROOT}/stream`);
  stream.onopen = () => onstate(true);
  stream.onerror = () => {
    // What was asked for meanwhile got no answer: ask for all again. But a reset in the meantime is to be noticed.
    told = { resets: told.resets };
    onstate(false);
  };
  stream.onmessage = (event) => tell(JSON.parse(event.data));
  setInterval(followWork, 1000);
}

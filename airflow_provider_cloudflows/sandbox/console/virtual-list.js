// A list of thousands that draws only the rows in sight. Rows have one height, so nothing jumps and nothing is measured.
// It is a listbox: one stop of the Tab key, arrow keys inside, and the selected row is announced.

import { el, redraw } from "./dom.js";

const SPARE = 6;

export class VirtualList {
  /**
   * `draw(item)` makes the content of a row, `key(item)` its identity, `select(item)` is told of a choice;
   * items for which `isHead` holds are headings between the rows, and cannot be chosen.
   */
  constructor({ label, height, draw, key, select, isHead = () => false, open = () => {} }) {
    Object.assign(this, { height, draw, key, select, isHead, open });
    this.items = [];
    this.places = new Map();
    this.choices = [];
    this.selected = null;
    this.rows = new Map();
    this.prefix = `row-${Math.random().toString(36).slice(2, 8)}`;
    this.space = el("div", { class: "space", role: "presentation" });
    this.node = el("div", { class: "list", role: "listbox", tabindex: "0", "aria-label": label }, this.space);
    this.node.addEventListener("scroll", () => this.paint(), { passive: true });
    this.node.addEventListener("keydown", (event) => this.onKey(event));
    this.space.addEventListener("click", (event) => this.onClick(event));
    new ResizeObserver(() => this.paint()).observe(this.node);
  }

  /** Show these items; for who has scrolled, what is on top stays there, whatever comes or goes above it. */
  setItems(items) {
    const before = { items: this.items, top: Math.floor(this.node.scrollTop / this.height) };
    this.items = items;
    this.places = new Map(items.map((item, place) => [this.key(item), place]));
    this.choices = items.flatMap((item, place) => (this.isHead(item) ? [] : [place]));
    this.space.style.height = `${items.length * this.height}px`;
    if (before.top > 0) this.node.scrollTop += this.shift(before) * this.height;
    const [first, last] = this.inSight();
    // A row goes on with its item, wherever that is now.
    redraw(this.space, ...Array.from({ length: last - first }, (_, place) => this.makeRow(first + place)));
    this.rows = new Map([...this.space.children].map((row) => [Number(row.dataset.place), row]));
    this.markActive();
  }

  /** By how many rows the first one in sight that is still there has moved. */
  shift({ items, top }) {
    for (let place = top; place < items.length; place += 1) {
      const now = this.places.get(this.key(items[place]));
      if (now !== undefined) return now - place;
    }
    return 0;
  }

  inSight() {
    const first = Math.max(0, Math.floor(this.node.scrollTop / this.height) - SPARE);
    const last = Math.min(this.items.length, Math.ceil((this.node.scrollTop + this.node.clientHeight) / this.height) + SPARE);
    return [first, Math.max(first, last)];
  }

  paint() {
    const [first, last] = this.inSight();
    for (const [place, row] of this.rows) {
      if (place >= first && place < last) continue;
      row.remove();
      this.rows.delete(place);
    }
    for (let place = first; place < last; place += 1) if (!this.rows.has(place)) this.addRow(place);
    this.markActive();
  }

  markActive() {
    const active = this.places.get(this.selected);
    if (active !== undefined && this.rows.has(active)) this.node.setAttribute("aria-activedescendant", this.rows.get(active).id);
    else this.node.removeAttribute("aria-activedescendant");
  }

  makeRow(place) {
    const item = this.items[place];
    const attributes = this.isHead(item) ? { role: "presentation", class: "row head" } : { role: "option", class: "row", "aria-selected": String(this.key(item) === this.selected), "aria-posinset": String(this.rank(place) + 1), "aria-setsize": String(this.choices.length) };
    const row = el("div", { ...attributes, id: `${this.prefix}-${place}`, "data-place": String(place), "data-key": String(this.key(item)) }, this.draw(item));
    row.style.transform = `translateY(${place * this.height}px)`;
    row.style.height = `${this.height}px`;
    return row;
  }

  addRow(place) {
    const row = this.makeRow(place);
    this.rows.set(place, row);
    // In the order of the list, for who reads the page in its order.
    const next = [...this.space.children].find((other) => Number(other.dataset.place) > place);
    this.space.insertBefore(row, next ?? null);
  }

  /** How many that can be chosen are above a place. */
  rank(place) {
    let [low, high] = [0, this.choices.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.choices[middle] < place) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Mark an item as chosen, without telling anybody; null for none. */
  mark(key) {
    this.selected = key;
    for (const [place, row] of this.rows) {
      if (row.getAttribute("role") === "option") row.setAttribute("aria-selected", String(this.key(this.items[place]) === key));
    }
    this.paint();
  }

  choose(place) {
    const item = this.items[place];
    if (item === undefined || this.isHead(item)) return;
    this.mark(this.key(item));
    this.reveal(place);
    this.select(item);
  }

  reveal(place) {
    // The heading above the first one of a group comes along.
    const top = (place > 0 && this.isHead(this.items[place - 1]) ? place - 1 : place) * this.height;
    const end = (place + 1) * this.height;
    if (top < this.node.scrollTop) this.node.scrollTop = top;
    else if (end > this.node.scrollTop + this.node.clientHeight) this.node.scrollTop = end - this.node.clientHeight;
    this.paint();
  }

  /** Choose the one that is `distance` on, or the last there is; with nothing chosen the first one, or backwards the last. */
  move(distance) {
    const current = this.places.get(this.selected);
    const from = current === undefined ? (distance > 0 ? -1 : this.choices.length) : this.rank(current);
    const step = current === undefined ? Math.sign(distance) : distance;
    this.chooseRank(from + step);
  }

  chooseRank(rank) {
    this.choose(this.choices[Math.min(Math.max(rank, 0), this.choices.length - 1)]);
  }

  onClick(event) {
    const row = event.target.closest("[data-place]");
    if (!row) return;
    this.choose(Number(row.dataset.place));
    const item = this.items[Number(row.dataset.place)];
    if (item !== undefined && !this.isHead(item)) this.open(item);
  }

  onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor(this.node.clientHeight / this.height) - 1);
    const keys = {
      ArrowDown: () => this.move(1),
      ArrowUp: () => this.move(-1),
      PageDown: () => this.move(page),
      PageUp: () => this.move(-page),
      Home: () => this.chooseRank(0),
      End: () => this.chooseRank(Infinity),
      Enter: () => this.selected !== null && this.open(this.items[this.places.get(this.selected)]),
    };
    if (!(event.key in keys)) return;
    keys[event.key]();
    event.preventDefault();
  }
}

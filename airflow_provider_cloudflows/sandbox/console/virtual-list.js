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
    this.selected = null;
    this.rows = new Map();
    this.pressed = null;
    this.prefix = `row-${Math.random().toString(36).slice(2, 8)}`;
    this.space = el("div", { class: "space", role: "presentation" });
    this.node = el("div", { class: "list", role: "listbox", tabindex: "0", "aria-label": label }, this.space);
    this.node.addEventListener("scroll", () => this.paint(), { passive: true });
    this.node.addEventListener("keydown", (event) => this.onKey(event));
    this.space.addEventListener("pointerdown", (event) => (this.pressed = event.target.closest("[data-place]")));
    this.space.addEventListener("click", (event) => this.onClick(event));
    new ResizeObserver(() => this.paint()).observe(this.node);
  }

  /** Show these items; `added` of them are new at the top, and what the reader looks at stays where it is. */
  setItems(items, added = 0) {
    this.items = items;
    this.places = new Map(items.map((item, place) => [this.key(item), place]));
    this.space.style.height = `${items.length * this.height}px`;
    if (added > 0 && this.node.scrollTop > 0) this.node.scrollTop += added * this.height;
    const [first, last] = this.inSight();
    // A row goes on with its item, wherever that is now: a click that has begun on it still ends on it.
    redraw(this.space, ...Array.from({ length: last - first }, (_, place) => this.makeRow(first + place)));
    this.rows = new Map([...this.space.children].map((row) => [Number(row.dataset.place), row]));
    this.markActive();
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
    const active = this.places?.get(this.selected);
    if (active !== undefined && this.rows.has(active)) this.node.setAttribute("aria-activedescendant", this.rows.get(active).id);
    else this.node.removeAttribute("aria-activedescendant");
  }

  makeRow(place) {
    const item = this.items[place];
    const isHead = this.isHead(item);
    const attributes = isHead ? { role: "presentation", class: "row head" } : { role: "option", class: "row", "aria-selected": String(this.key(item) === this.selected), "aria-posinset": String(place + 1), "aria-setsize": String(this.items.length) };
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
    const top = place * this.height;
    if (top < this.node.scrollTop) this.node.scrollTop = top;
    else if (top + this.height > this.node.scrollTop + this.node.clientHeight) this.node.scrollTop = top + this.height - this.node.clientHeight;
    this.paint();
  }

  /** Choose the item that is `distance` rows on, over headings. */
  move(distance) {
    const current = this.places?.get(this.selected);
    let place = current === undefined ? (distance > 0 ? 0 : this.items.length - 1) : current + distance;
    place = Math.min(Math.max(place, 0), this.items.length - 1);
    const step = distance < 0 ? -1 : 1;
    while (this.items[place] !== undefined && this.isHead(this.items[place])) place += step;
    this.choose(place);
  }

  onClick(event) {
    // A row that moves on under the pointer is still the one that was meant.
    const row = event.target.closest("[data-place]") ?? this.pressed;
    if (!row?.isConnected) return;
    this.choose(Number(row.dataset.place));
    const item = this.items[Number(row.dataset.place)];
    if (item !== undefined && !this.isHead(item)) this.open(item);
  }

  onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor(this.node.clientHeight / this.height) - 1);
    const moves = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -this.items.length, End: this.items.length };
    if (event.key in moves) this.move(moves[event.key]);
    else if (event.key === "Enter" && this.selected !== null) this.open(this.items[this.places.get(this.selected)]);
    else return;
    event.preventDefault();
  }
}

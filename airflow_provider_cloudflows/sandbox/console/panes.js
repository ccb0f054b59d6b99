// A list and the detail of what is chosen in it: side by side where there is room, one after the other on a phone.

import { button, el, empty, redraw } from "./dom.js";

export function panes(title, noun) {
  const list = el("section", { class: "pane list-pane", "aria-label": title });
  const detail = el("section", { class: "pane detail-pane", "aria-label": `The chosen ${noun}`, tabindex: "-1" });
  const node = el("div", { class: "panes" }, list, detail);
  return {
    node,
    list,
    detail,
    setOpen: (isOpen) => node.classList.toggle("is-open", isOpen),
    focusDetail: () => focusHeading(detail),
  };
}

/** What is fetched comes later than the focus: until then the pane itself has it. */
function focusHeading(detail) {
  (detail.querySelector("[data-focus]") ?? detail).focus();
}

/** Show in the detail what there is about a subject. The focus, if it is on another one, goes to the new heading instead of nowhere. */
export function fillDetail(detail, subject, ...content) {
  if (detail.dataset.subject === subject) return redraw(detail, ...content);
  detail.dataset.subject = subject;
  const hadFocus = detail.contains(document.activeElement);
  detail.replaceChildren(...content);
  if (hadFocus) focusHeading(detail);
}

/** What stands in the detail while nothing is chosen. */
export function nothingChosen(detail, ...words) {
  fillDetail(detail, "none", empty(...words));
}

/** What stands in the detail when it could not be had. */
export function notFetched(error, actions) {
  return empty("help", "This cannot be shown", error.message, el("p", {}, button("Close", { onclick: actions.close })));
}
